"""The attacker: what can be derived from the published files, and nothing else.

It shares no code with `pipeline/release`: two programs that agree because they call the same function prove nothing.
"""
