import type { Words } from './en';

export const zh: Words = {
  none: '还没有订单。正在进行的付款完成后会显示在这里。',
  thisBrowser: '您尚未登录：这些是在此浏览器中的订单。',
  noSuchOrder: '您没有这样的订单',
  noSuchOrderText: '它可能属于别人。如果是您的，请在购买时的浏览器中打开，或以购买时的身份登录。',
  bought: '购买内容',
  paidAt: (t) => `付款时间：${t}`,
  madeAt: (t) => `下单时间：${t}`,
  seller: '销售方',
  refunds: '退款',
  collect: '取货',
  collectText: '二维码只含订单号，别无其他。它说明是哪个订单，而不说明是谁的：取货时可能需要出示其他凭证。',
  codeOf: (n) => `含订单号 ${n} 的二维码`,
  print: '打印',
  onItsWay: (sum, t) => `${sum} 正在退回，申请时间：${t}。`,
  wentBack: (sum) => `${sum} 已退回给您。`,
  wentBackAt: (sum, t) => `${sum} 已于 ${t} 退回给您。`,
  cameBack: (sum, t) => `${sum} 退回后又于 ${t} 返回商店：您没有收到。`,
  refundFailed: (sum) => `一笔 ${sum} 的退款未成功：没有因此退回任何款项。商店能看到这一点。`,
  refundUnknown: (sum) => `一笔 ${sum} 的退款已开始；结果如何，商店尚待查明。`,
};
