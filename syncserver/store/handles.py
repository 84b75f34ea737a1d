"""The database as services see it: handles that they pass to the store, and nothing that they could ask themselves."""

from sqlalchemy import Connection as Connection
from sqlalchemy import Engine as Engine
