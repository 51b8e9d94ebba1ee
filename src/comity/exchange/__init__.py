"""Between members: who belongs to the network, how acts travel, and how their arrival is answered for.

``directory``, ``member_list`` and ``trust`` say whose keys count; ``delivery`` and ``envelope`` carry acts in
cartons; ``lanes`` judges sequence; ``receipt`` and ``pull`` are the two signed answers; ``transports`` move
bytes. Everything but ``transports.http`` is pure: bytes, keys, the time and random bytes are passed in.
"""
