"""``python -m storage``."""

from __future__ import annotations

import sys

from sqlalchemy.exc import SQLAlchemyError

from storage.cli import app
from storage.errors import StorageError


def main() -> None:
    """Run the command; what cannot work is a line that says what to do."""
    try:
        app(prog_name="python -m storage")
    except StorageError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except SQLAlchemyError as error:  # its words may hold an address with a password
        print(f"the database failed ({type(error).__name__}); check that it is reachable and writable", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
