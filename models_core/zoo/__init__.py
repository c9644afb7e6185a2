"""Published architectures, and small ones to begin with, as Designs: one file per family, one function per design."""
