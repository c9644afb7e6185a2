"""Kind "generator": functions from parameters to a group, for architectures whose graph depends on a number.

A generator builds its group, and those inside, as the zoo builds designs, and gives it with `Builder.generated`. What
is in its signature decides the graph; what only goes into expressions is a parameter of the group. Its ports are the
same for all parameters.
"""
