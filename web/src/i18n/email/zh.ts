import type { Words } from './en';

export const zh: Words = {
  title: '登录后购买',
  why: '此活动仅限已确认邮箱地址的顾客。凭邮箱,您可以在任何设备上找到您的位置和订单。',
  address: '邮箱地址',
  addressWrong: '请填写类似 anna@example.org 的地址。',
  send: '发送验证码',
  privacy: '邮箱用于发送此验证码和识别您,我们不会以可读的形式保存。',
  codeTitle: '输入验证码',
  sentTo: (email) => `六位数字的验证码将发送至 ${email}。十分钟内有效,只能使用一次。`,
  patience: (n) => `可能需要一分钟,也请查看垃圾邮件。同一地址每小时最多发送 ${n} 个,之后以最新的一个为准。`,
  code: '验证码',
  codeWrong: '验证码无效或已失效。只有最新的验证码有效,输错五次后需要重新获取。',
  codeIncomplete: '验证码为六位数字。',
  confirm: '登录',
  again: '重新发送验证码',
  sentAgain: '您已请求新的验证码。除非一小时内发往此邮箱的验证码过多,否则它正在发送。只有最新的有效。',
  againIn: (s) => `重新发送验证码(${s} 秒后)`,
  otherAddress: '使用其他地址',
  holds: '您在此浏览器中未登录时持有另一活动的排队位置或预留,且无法转移。请先完成它,或者现在登录:它将留在此浏览器之前的会话中,本页面不再显示。',
  tooMany: '申请的验证码过多。请等几分钟后再试。',
  notNow: '暂时未能成功,请重试。',
};
