"""The error tree. Each base class serves one `except`, and each names the exit status the command line gives it.

    UsvenError             anything a user can mend; its message names the thing and the remedy
      SettingsError        a setting or an argument is wrong                       (exit 2)
        CatalogueError     a catalogue file or a feed in it is wrong               (exit 2)
        InputError         a file handed in cannot be read as what it should be    (exit 2)
      WarehouseError       the warehouse cannot be used                            (exit 4)
        WarehouseBusy      another process is writing                              (exit 4)
        WarehouseTooNew    a newer version of the program wrote it                 (exit 4)
      ServiceError         the Prefect server or worker cannot be started          (exit 2)
      BriefError           a sentence of the daily brief says what its rows do not (exit 1)

What goes wrong with one feed is not an exception but a value: see `Failed` in `warehouse.model`.
"""


class UsvenError(Exception):
    """Something the user can mend."""

    exit_status = 2


class SettingsError(UsvenError):
    """A setting or an argument is wrong."""


class CatalogueError(SettingsError):
    """A catalogue file, or a feed in it, is wrong."""


class InputError(SettingsError):
    """A file handed in cannot be read as what it should be."""


class ServiceError(UsvenError):
    """The Prefect server or worker cannot be started or reached."""


class BriefError(UsvenError):
    """A sentence of the daily brief names or counts what its rows do not hold."""

    exit_status = 1


class WarehouseError(UsvenError):
    """The warehouse cannot be used."""

    exit_status = 4


class WarehouseBusy(WarehouseError):
    """Another process is writing to the warehouse."""


class WarehouseTooNew(WarehouseError):
    """A newer version of the program wrote the warehouse."""
