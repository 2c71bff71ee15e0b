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
    ├── StoreError                  the file of what was learned from a user cannot be used
    │   ├── NotAStore               another kind of file
    │   ├── StoreTooNew             written by a later release
    │   ├── WrongKey                encrypted with another key, or not encrypted
    │   ├── EncryptionMissing       SQLCipher is not installed
    │   ├── StoreDamaged            the file is broken; it is left as it is
    │   ├── StoreNotWritable        the file or its folder may only be read, or may not even be that
    │   ├── StoreFull               the disk has no room
    │   ├── StoreBusy               another process holds the file
    │   └── NotAnExport             a file to import is none, or of another version
    ├── AdapterError                an adapter cannot be used or written
    │   ├── AdapterNotFound         no file at the path given
    │   ├── NotAnAdapter            another kind of file
    │   ├── AdapterTooNew           written by a later release
    │   ├── AdapterDamaged          altered after it was written, or cut off
    │   ├── AdapterMismatch         made for another model
    │   └── AdapterNotWritten       the disk refused; what stood at the path before is untouched
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


class StoreError(AutocompleteError):
    """The file of what was learned from a user cannot be used."""


class NotAStore(StoreError):
    """The file is something else than a personal store."""


class StoreTooNew(StoreError):
    """The store was written by a later release."""


class WrongKey(StoreError):
    """The store does not open with the key that was given; nothing in it was changed."""


class EncryptionMissing(StoreError):
    """SQLCipher is not installed, which only stores with a key need."""


class StoreDamaged(StoreError):
    """The store is broken; nothing in it was changed."""


class StoreNotWritable(StoreError):
    """The store, or the folder it should stand in, cannot be written or cannot be opened."""


class StoreFull(StoreError):
    """There is no room to write what was learned; it is still in memory."""


class StoreBusy(StoreError):
    """Another process holds the store for longer than is waited."""


class NotAnExport(StoreError):
    """The file to import was not written by an export, or by a later one."""


class AdapterError(AutocompleteError):
    """An adapter cannot be used or written."""


class AdapterNotFound(AdapterError):
    """There is no file at the path given."""


class NotAnAdapter(AdapterError):
    """The file is something else than an adapter."""


class AdapterTooNew(AdapterError):
    """The adapter was written by a later release."""


class AdapterDamaged(AdapterError):
    """The adapter is not what was written."""


class AdapterMismatch(AdapterError):
    """The adapter was made for another model."""


class AdapterNotWritten(AdapterError):
    """The adapter could not be written; nothing was replaced."""


class RuntimeMissing(AutocompleteError):
    """No TFLite runtime can be imported."""


class PlotsMissing(AutocompleteError):
    """Matplotlib is not installed, which only pictures need."""
