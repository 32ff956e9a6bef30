import type { Words } from './en';

export const zh: Words = {
  what: (hasLobby) => `以下情况会通知您：活动即将开始、${hasLobby ? '您的候场登记已保留、' : ''}等候后轮到您、付款时间即将结束，以及您的订单与退款。`,
  browser: '在此浏览器中',
  browserHow: '即使此页面已关闭。浏览器会先征求您的同意。',
  browserNot: '页面关闭时，此浏览器无法收到通知。',
  browserDenied: '您的浏览器不允许本网站发送通知。您可以在浏览器设置中更改。',
  browserFailed: '无法在您的浏览器中开启，请重试。',
  mail: '通过邮件',
  mailOn: '将发送邮件到您登录所用的地址。每封邮件都有停止接收的链接。',
  mailOff: '不再接收邮件',
  mailAddress: '您登录所用的地址',
  mailSend: '用邮件通知我',
  mailPrivacy: '地址加密保存，仅用于此活动，并在活动结清一周后删除。',
  mailSignIn: '邮件只发送到已验证的地址：请先用邮箱登录。',
  mailBefore: '邮件只发送到已验证的地址：需要在参与之前先用邮箱登录。',
  signIn: '用邮箱登录',
  mailNotYours: '这不是您登录所用的地址。',
  addressWrong: '请填写类似 anna@example.org 的地址。',
  nothing: '页面关闭时，此活动不会通知任何人。',
  failed: '暂时未能成功，请重试。',
};
