//! The one way to write many rows: by column, in one statement, with `SELECT … FROM UNNEST($1::…[], $2::…[], …)`.
//! Taking one JSON document apart instead was a third of the server's work.

/// Declares a struct with a `Vec` for each column, and its `of`, which fills all of them from some rows, so that each
/// is as long as the others: UNNEST would pad a shorter one with NULL.
macro_rules! columns {
    (
        $(#[$doc:meta])*
        $visibility:vis struct $name:ident<$life:lifetime> of $row:ident: $source:ty {
            $($column:ident: $type:ty = $value:expr,)+
        }
    ) => {
        $(#[$doc])*
        $visibility struct $name<$life> {
            $($visibility $column: Vec<$type>,)+
            rows: std::marker::PhantomData<&$life ()>,
        }

        impl<$life> $name<$life> {
            /// All columns of these rows, in their order.
            ///
            /// # Errors
            /// When a value cannot be encoded.
            $visibility fn of(rows: impl IntoIterator<Item = &$life $source>) -> sqlx::Result<Self> {
                let mut columns = Self { $($column: Vec::new(),)+ rows: std::marker::PhantomData };
                for $row in rows {
                    $(columns.$column.push($value);)+
                }
                Ok(columns)
            }
        }
    };
}

pub(crate) use columns;

/// What is of a certain length, as the schema says.
pub(crate) fn bytes_of<const LENGTH: usize>(column: Vec<u8>) -> sqlx::Result<[u8; LENGTH]> {
    column.try_into().map_err(|_| sqlx::Error::Decode(format!("not {LENGTH} bytes").into()))
}
