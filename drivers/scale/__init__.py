"""Scales: what is asked and answered on a serial line, and the one that talks to it.

Plain data comes out: a Reading. Nothing is averaged, rounded or remembered from one question to the next.
"""
