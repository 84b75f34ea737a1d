"""Each error of the database is the world's fault or a bug of ours, and nothing in between."""

import psycopg
import pytest
import sqlalchemy.exc
from psycopg import errors

from shared.errors import StorageFault
from syncserver.store.faults import TookTooLong, as_storage_fault

WORLDS = [
    errors.AdminShutdown, errors.CannotConnectNow, errors.ConnectionFailure, errors.CrashShutdown, errors.DataCorrupted,
    errors.DeadlockDetected, errors.DiskFull, errors.IndexCorrupted,
    errors.InvalidPassword, errors.IoError, errors.LockNotAvailable, errors.OutOfMemory,
    errors.SerializationFailure, errors.TooManyConnections, errors.ConnectionTimeout,
    psycopg.InterfaceError, psycopg.OperationalError,
]  # fmt: skip
OURS = [
    errors.ActiveSqlTransaction, errors.CheckViolation, errors.DatatypeMismatch, errors.DivisionByZero,
    errors.ExclusionViolation, errors.InFailedSqlTransaction, errors.InsufficientPrivilege,
    errors.IntegrityConstraintViolation, errors.InvalidTextRepresentation, errors.NotNullViolation,
    errors.ObjectNotInPrerequisiteState, errors.RaiseException, errors.ReadOnlySqlTransaction,
    errors.StatementTooComplex, errors.SyntaxError, errors.TooManyArguments, errors.UndefinedTable,
    errors.UniqueViolation, psycopg.DataError, psycopg.NotSupportedError, psycopg.ProgrammingError,
]  # fmt: skip


def sorted_as(error: Exception) -> type[BaseException]:
    with pytest.raises((StorageFault, type(error))) as raised, as_storage_fault():
        raise error
    return raised.type


def through_sqlalchemy(error: psycopg.Error) -> Exception:
    wrapped = sqlalchemy.exc.DBAPIError.instance("SELECT 1", None, error, psycopg.Error)
    assert isinstance(wrapped, Exception)
    return wrapped


@pytest.mark.parametrize("kind", WORLDS)
def test_what_may_go_well_the_next_time_is_the_worlds_fault(kind: type[psycopg.Error]) -> None:
    assert sorted_as(kind("said")) is StorageFault
    assert sorted_as(through_sqlalchemy(kind("said"))) is StorageFault


@pytest.mark.parametrize(
    "kind", [errors.QueryCanceled, errors.IdleInTransactionSessionTimeout, errors.TransactionTimeout]
)
def test_what_was_given_up_for_its_length_is_the_worlds_fault_and_says_so(kind: type[psycopg.Error]) -> None:
    assert issubclass(TookTooLong, StorageFault)
    assert sorted_as(kind("said")) is TookTooLong
    assert sorted_as(through_sqlalchemy(kind("said"))) is TookTooLong


@pytest.mark.parametrize("kind", OURS)
def test_what_will_never_go_well_is_a_bug(kind: type[psycopg.Error]) -> None:
    assert sorted_as(kind("said")) is kind
    assert issubclass(sorted_as(through_sqlalchemy(kind("said"))), sqlalchemy.exc.DBAPIError)


def test_no_error_of_postgresql_is_forgotten() -> None:
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, psycopg.Error)]
    assert len(kinds) > 200
    assert {sorted_as(kind("said")) for kind in kinds} <= {StorageFault, TookTooLong, *kinds}


def test_a_full_pool_is_the_worlds_fault() -> None:
    assert sorted_as(sqlalchemy.exc.TimeoutError("full")) is StorageFault


def test_a_bug_in_python_stays_one() -> None:
    assert sorted_as(KeyError("said")) is KeyError
