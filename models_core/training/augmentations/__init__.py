"""Augmentations, kind "augmentation": callables from a batch of pictures and a generator to a changed batch.

They get uint8 pictures N C H W before these are normalised, and draw only from the generator, which the loop seeds by
step on the CPU: so a resumed run, and a run on another device, changes every picture alike.
"""
