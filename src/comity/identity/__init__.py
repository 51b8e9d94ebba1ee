"""Who is at the desk: accounts, passwords, codes, sign-in, sessions. Pure values; the node keeps them."""
