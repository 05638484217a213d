"""The loyalty room: talks to the Capillary cloud, and never says done when it does not know."""
