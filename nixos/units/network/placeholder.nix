# What a server sends in the place of a key that it does not have. Most of the providers' packages send nothing without one.
"held-outside"
