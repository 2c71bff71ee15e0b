"""Every error that a user of the package may meet, and nothing else.

    AutocompleteError
    ├── BundleError                 a bundle that cannot be used or written
    │   ├── BundleNotFound          no file at the path given
    │   ├── NotABundle              another kind of file
    │   ├── UnsupportedVersion      made by a later or much earlier release
    │   ├── TruncatedBundle         shorter than its manifest says, or never finished
    │   ├── ChecksumMismatch        altered after it was written
    │   ├── SelfCheckFailed         the runtime computes other numbers here than where it was made
    │   └── BundleNotWritten        the disk refused; what stood at the path before is untouched
    ├── RuntimeMissing              no TFLite runtime is installed
    └── PlotsMissing                matplotlib is not installed

Wrong arguments raise `ValueError` or `TypeError`. Each message says what was found, what was expected, what
to do.
"""

from __future__ import annotations


class AutocompleteError(Exception):
    """Root of the errors of this package."""


class BundleError(AutocompleteError):
    """A bundle cannot be used or written."""


class BundleNotFound(BundleError):
    """There is no file at the path given."""


class NotABundle(BundleError):
    """The file is something else than a bundle."""


class UnsupportedVersion(BundleError):
    """The bundle has a format version that this release does not read."""


class TruncatedBundle(BundleError):
    """The file ends before its manifest says it should, or its writing was never finished."""


class ChecksumMismatch(BundleError):
    """A part of the file is not what was written."""


class SelfCheckFailed(BundleError):
    """The installed TFLite runtime computes other numbers than those recorded in the bundle."""


class BundleNotWritten(BundleError):
    """The bundle could not be written; nothing was replaced."""


class RuntimeMissing(AutocompleteError):
    """No TFLite runtime can be imported."""


class PlotsMissing(AutocompleteError):
    """Matplotlib is not installed, which only pictures need."""
