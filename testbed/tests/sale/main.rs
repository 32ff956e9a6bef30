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
//! | [`accounts`] | those who have an account at an OpenID provider |
//! | [`sign_out`] | sessions that end
//! | [`waiting`] | answers in the response |
//! | [`email`] | those who have confirmed an e-mail address |
//! | [`hoarding`] | hoarders, and codes that may be used so often |
//! | [`series`] | sales of which nobody may have more together |
//! | [`invitations`] | sales for those who are invited |
//! | [`edge`] | all of it through nginx |
//! | [`lobby`] | sales that start by draw |
//! | [`notifications`] | what shoppers are told whose page is closed |
//! | [`beacon`] | the same, with randomness from outside |
//! | [`machines`] | sales that ask guests for a proof of work |
//! | [`hosted_check`] | sales that ask guests for a hosted check |
//! | [`outbox`] | what must be told leaves in its order |
//! | [`history`] | how a sale went, and the report afterwards |
//! | [`replay`] | a sale told again from its journal |
//! | [`four`] | what both of these tell of |
//! | [`buyers`] | what buyers are asked for to be sent the goods |

mod accounts;
mod beacon;
mod buyers;
mod customers;
mod door;
mod edge;
mod email;
mod four;
mod handover;
mod history;
mod hoarding;
mod hosted_check;
mod invitations;
mod lobby;
mod machines;
mod notifications;
mod outbox;
mod payments;
mod promises;
mod replay;
mod sales;
mod series;
mod sign_out;
mod waiting;
