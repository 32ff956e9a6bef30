use super::Words;

pub(super) static WORDS: Words = Words {
    opens: ["{sale} 即将开始", "抢购活动 {sale} 将于 {at} 开始。"],
    lobby_opens: ["{sale} 的候场即将开放", "{sale} 的候场将于 {at} 开放。在开放期间进入者均可参加抽签。"],
    in_lobby: ["您已进入候场", "您已登记参加 {sale}。所有登记将在活动开始时({at})抽签决定顺序。"],
    your_turn: [
        "轮到您了",
        "{sale} 已为您预留 {units} × {item},共计 {total}。请在 {at} 之前付款,否则预留将失效。",
        "{sale} 已为您预留 {units} × {item}。无需付款:请在 {at} 之前领取,否则预留将失效。",
    ],
    time_runs_out: [
        "您的预留即将失效",
        "{sale} 仍为您预留 {units} × {item}。请在 {at} 之前支付 {total},否则预留将失效。",
        "{sale} 仍为您预留 {units} × {item}。无需付款:请在 {at} 之前领取,否则预留将失效。",
    ],
    confirmed: ["订单 {order} 已确认", "您在 {sale} 的付款已完成。", "您在 {sale} 的订单已确认,无需付款。"],
    refunded: ["订单 {order} 的退款", "您在 {sale} 的订单 {order} 已退款 {amount}。银行可能需要几天才会显示。"],
    came_back: [
        "订单 {order} 的退款未到账",
        "您在 {sale} 的订单 {order} 曾退款 {amount},但款项已被退回给我们,您尚未收到。请与我们联系。",
    ],
    receipt: "这是您的收据:",
    order: "订单号",
    total: "合计",
    contact: "咨询",
    action: "打开活动页面",
    because_asked: "您收到此邮件,是因为您要求用此地址接收 {sale} 的消息。",
    because_bought: "您收到此邮件,是因为您在 {sale} 的订单中填写了此地址。",
    stop: "不再接收此活动的邮件",
};
