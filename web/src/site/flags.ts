// What is odd about a photo, in words. A flag never refuses a photo: it asks for a second look.
import type { Lang } from '../i18n/i18n.svelte';

interface Said { short: string; why: string }

const zh: Record<string, Said> = {
  taken_in_future: { short: '时间在未来', why: '拍摄时间比收到时间晚五分钟以上，手机时钟不准。' },
  taken_long_before: { short: '旧照片', why: '拍摄于收到前一天以上。' },
  taken_at_differs: { short: '时间不符', why: '手机报的拍摄时间与照片里写的相差五分钟以上。' },
  position_differs: { short: '位置不符', why: '手机报的位置与照片里写的相距 500 米以上。' },
  undecodable: { short: '无法显示', why: '图片内容有损坏，生成不了缩略图；原图已保存。' },
  exif_unreadable: { short: '拍摄信息损坏', why: '照片的拍摄信息有损坏，只读出了一部分。' },
  gps_empty: { short: '无定位', why: '照片有定位栏但没有位置。' },
  gps_null_island: { short: '定位为零', why: '照片定位为 0,0，等于没有定位。' },
  gps_no_hemisphere: { short: '定位不完整', why: '定位没有写明南北纬或东西经。' },
  gps_out_of_range: { short: '定位无效', why: '照片写的经纬度不存在。' },
  gps_void: { short: '定位无效', why: '接收机自己标明这次定位无效。' },
  gps_clock_disagrees: { short: '时间不符', why: '相机时间与卫星时间不一致。' },
  taken_at_unreadable: { short: '拍摄时间无效', why: '照片写的拍摄日期不存在。' },
  orientation_unknown: { short: '方向未知', why: '照片的方向标记无法识别。' },
  duplicate: { short: '重复照片', why: '同样的文件此前已经上传过。' },
};
const en: Record<string, Said> = {
  taken_in_future: { short: 'From the future', why: 'Taken more than five minutes after it was received: the phone’s clock is off.' },
  taken_long_before: { short: 'Old photo', why: 'Taken more than a day before it was received.' },
  taken_at_differs: { short: 'Clock differs', why: 'Phone and file tell times more than five minutes apart.' },
  position_differs: { short: 'Place differs', why: 'Phone and file tell places more than 500 m apart.' },
  undecodable: { short: 'Cannot be shown', why: 'The picture is damaged and has no thumbnail; the original is kept.' },
  exif_unreadable: { short: 'Damaged data', why: 'The photo’s metadata is damaged; only part of it could be read.' },
  gps_empty: { short: 'No position', why: 'The photo has a GPS block without a position.' },
  gps_null_island: { short: 'Position 0,0', why: 'The photo’s position is 0,0, which is none.' },
  gps_no_hemisphere: { short: 'Half a position', why: 'The position does not say north or south, east or west.' },
  gps_out_of_range: { short: 'Bad position', why: 'No such latitude or longitude exists.' },
  gps_void: { short: 'Bad position', why: 'The receiver itself called this fix void.' },
  gps_clock_disagrees: { short: 'Clock differs', why: 'Camera and satellites tell different times.' },
  taken_at_unreadable: { short: 'Bad time', why: 'The date that the photo gives does not exist.' },
  orientation_unknown: { short: 'Turned?', why: 'The photo’s orientation mark is not one.' },
  duplicate: { short: 'Duplicate', why: 'The same file was uploaded before.' },
};

/** The words for a flag; one that is not known yet is shown by its own name. */
export function flagWords(flag: string, lang: Lang): Said {
  return (lang === 'zh' ? zh : en)[flag] ?? { short: flag, why: flag };
}

/** The flags that have words. */
export const knownFlags = Object.keys(zh);
