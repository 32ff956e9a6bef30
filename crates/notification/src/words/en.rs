use super::Words;

pub(super) static WORDS: Words = Words {
    opens: ["{sale} opens soon", "The sale {sale} opens at {at}."],
    lobby_opens: [
        "The lobby of {sale} opens soon",
        "The lobby of {sale} opens at {at}. Whoever enters while it is open takes part in the draw.",
    ],
    in_lobby: [
        "You are in the lobby",
        "Your entry for {sale} was taken. All entries are drawn when the sale opens, at {at}.",
    ],
    your_turn: [
        "It is your turn",
        "{units} × {item} is reserved for you in {sale}, for {total} in all. Pay before {at}, or the reservation ends.",
        "{units} × {item} is reserved for you in {sale}. Nothing is to be paid: take it before {at}, or the reservation ends.",
    ],
    time_runs_out: [
        "Your time is running out",
        "{units} × {item} is still reserved for you in {sale}. Pay {total} before {at}, or the reservation ends.",
        "{units} × {item} is still reserved for you in {sale}. Nothing is to be paid: take it before {at}, or the reservation ends.",
    ],
    confirmed: [
        "Order {order} is confirmed",
        "Your payment for {sale} was taken.",
        "Your order in {sale} is confirmed. There was nothing to pay.",
    ],
    refunded: [
        "Refund for order {order}",
        "{amount} of your order {order} in {sale} was refunded. It may take your bank some days to show it.",
    ],
    came_back: [
        "The refund for order {order} did not arrive",
        "{amount} of your order {order} in {sale} was refunded, and was sent back to us: you do not have it. Please ask us about it.",
    ],
    receipt: "This is your receipt.",
    order: "Order number",
    total: "Total",
    contact: "Questions to",
    action: "Open the sale",
    because_asked: "You get this because you asked to be told of {sale} at this address.",
    because_bought: "You get this because you gave this address for your order in {sale}.",
    stop: "No more mail about this sale",
};
