//! Transactions of the writer, which begins and ends them itself: diesel would begin them too late for a writer, and trust
//! its own count of them.

use diesel::connection::{
    AnsiTransactionManager, SimpleConnection, TransactionManager, TransactionManagerStatus,
};

use super::super::db::{AnyConnection, QueryCount};
use super::super::error::StoreError;

pub(super) fn begin(connection: &mut AnyConnection) -> Result<(), StoreError> {
    match connection {
        AnyConnection::Sqlite(inner) => {
            AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN IMMEDIATE")?;
        }
        AnyConnection::Postgres(inner) => AnsiTransactionManager::begin_transaction(inner)?,
    }
    Ok(())
}

/// Begins one that only reads: others may write meanwhile, and this does not see it.
pub(super) fn begin_read(connection: &mut AnyConnection) -> Result<(), StoreError> {
    match connection {
        AnyConnection::Sqlite(inner) => {
            AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN")?;
        }
        AnyConnection::Postgres(inner) => AnsiTransactionManager::begin_transaction(inner)?,
    }
    Ok(())
}

pub(super) fn commit(connection: &mut AnyConnection, count: &QueryCount) -> Result<(), StoreError> {
    match connection {
        AnyConnection::Sqlite(inner) => AnsiTransactionManager::commit_transaction(inner)?,
        AnyConnection::Postgres(inner) => AnsiTransactionManager::commit_transaction(inner)?,
    }
    // Diesel counts levels and sends the statement it thinks fit; only the database knows whether a
    // transaction is still open. A second one can begin only when the first has ended.
    match connection {
        AnyConnection::Sqlite(inner) => {
            count.leave_one_out();
            inner.batch_execute("BEGIN; ROLLBACK;")?;
        }
        AnyConnection::Postgres(_) => {}
    }
    Ok(())
}

pub(super) fn roll_back(connection: &mut AnyConnection) -> Result<(), StoreError> {
    match connection {
        AnyConnection::Sqlite(inner) => AnsiTransactionManager::rollback_transaction(inner)?,
        AnyConnection::Postgres(inner) => AnsiTransactionManager::rollback_transaction(inner)?,
    }
    Ok(())
}

/// How many transactions are open, one in another; none when that is unknown.
pub(super) fn depth(connection: &mut AnyConnection) -> Option<u32> {
    let status = match connection {
        AnyConnection::Sqlite(inner) => {
            AnsiTransactionManager::transaction_manager_status_mut(inner)
        }
        AnyConnection::Postgres(inner) => {
            AnsiTransactionManager::transaction_manager_status_mut(inner)
        }
    };
    match status {
        TransactionManagerStatus::Valid(valid) => {
            Some(valid.transaction_depth().map_or(0, std::num::NonZeroU32::get))
        }
        TransactionManagerStatus::InError => None,
    }
}
