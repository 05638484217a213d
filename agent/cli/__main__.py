"""`python -m agent.cli`: the same as the command pos-agent."""

from agent.cli import main

main()
