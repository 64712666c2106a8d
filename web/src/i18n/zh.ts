export const zh = {
  'app.name': '挂图',
  'nav.map': '挂图',
  'nav.projects': '项目',
  'nav.import': '导入',
  'nav.people': '人员',
  'nav.devices': '登录设备',
  'nav.phone': '手机上传',
};

export type Key = keyof typeof zh;
