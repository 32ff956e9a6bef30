//! What people and organisers do in a sale, with nothing failing but them.
//!
//! | module | what it tells |
//! | --- | --- |
//! | [`sales`] | a sale from the first click to the paid orders |
//! | [`promises`] | the promises against people, by hand |
//! | [`payments`] | money, with a gateway and shoppers that do not behave |
//! | [`handover`] | sales that are paid for at the shop's own checkout |
//! | [`door`] | double clicks, and input that nobody should send |
//! | [`customers`] | those whom a shop vouches for, on several devices |
//! | [`waiting`] | answers in the response |
//! | [`edge`] | all of it through nginx |
//! | [`outbox`] | what must be told leaves in its order |

mod customers;
mod door;
mod edge;
mod handover;
mod outbox;
mod payments;
mod promises;
mod sales;
mod waiting;
