"""The loyalty room: talks to the Capillary cloud, and never says done when it does not know.

Its floors, each importing only those before it: calls (what is sent), line (how it gets there), answers (what
came back), attempt and organisation_rules, outcomes (what follows for a row of the outbox), and on top, side
by side, questions (of the open sale) and forwarder (the thread that drains the outbox).
"""
