"""The words of the house: every sentence a person reads has an id here, and a text in each language.

Imports nothing of the agent, so that every room may say something.
"""
