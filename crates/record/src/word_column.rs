//! States in columns of text: read strictly, so that a state which this version does not know is an error.

use std::error::Error;

use sale::notice::{DeliveryState, NoticeType};
use sale::payment::{OrderState, RefundState};
use sale::words::Word;
use sqlx::postgres::{PgTypeInfo, PgValueRef, Postgres};
use sqlx::{Decode, Type};

/// A state as its column has it: in a query, `state AS "state: Column<PaymentState>"`.
#[derive(Debug)]
pub(crate) struct Column<W>(pub(crate) W);

impl<W: Word> Type<Postgres> for Column<W> {
    fn type_info() -> PgTypeInfo {
        <str as Type<Postgres>>::type_info()
    }

    fn compatible(other: &PgTypeInfo) -> bool {
        <str as Type<Postgres>>::compatible(other)
    }
}

impl<'r, W: Word> Decode<'r, Postgres> for Column<W> {
    fn decode(value: PgValueRef<'r>) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self(W::of_word(<&str as Decode<Postgres>>::decode(value)?)?))
    }
}

/// So that `query_as!` fills the fields of a struct with the states themselves.
macro_rules! fills {
    ($($state:ty),+) => {
        $(impl From<Column<$state>> for $state {
            fn from(column: Column<$state>) -> Self {
                column.0
            }
        })+
    };
}

fills!(RefundState, OrderState, DeliveryState, NoticeType);
