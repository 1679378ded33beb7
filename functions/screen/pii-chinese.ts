/**
 * Masks Chinese mobile numbers and resident identity numbers with numbers of the same shape that nobody can have.
 *
 * A mobile number has 11 digits, begins with a prefix that MIIT has given to mobile telephony, stands alone (`138 1234 5678` and
 * `138-1234-5678` too, +86 or not) and stands near Chinese text or a word for telephone. What a name for another number stands before,
 * what is part of an address, and round sums stay. An identity number (GB 11643-1999) has 18 digits: a province, a day since 1900 and a
 * check digit (ISO 7064 MOD 11-2) that fits. Those of 15 digits, given out until 1999, have no check digit: one in eighty numbers of that
 * length would pass, so only those that are called one are masked.
 * Cost: two searches for digits; what they find is read once more.
 */

/** No mobile prefix begins with 12; no province is 00. */
export const MOBILE_MASK = '12000000000'
export const IDENTITY_MASK = '000000000000000000'

const MOBILE = /1[3-9]\d([ -]?)\d{4}\1\d{4}/g
const IDENTITY = /[1-8]\d{5}([ -]?)(?:(?:19|20)\d{6}\1\d{3}[\dXx]|\d{6}\1\d{3})/g

/** By the first three digits. Left out: 140, 141, 144, 146, 148 and 172 (machines), 154, 160, 161, 163, 164, 168, 169, 179, 194 (none). */
const MOBILE_PREFIXES = new Set(
  (
    '130 131 132 133 134 135 136 137 138 139 145 147 149 150 151 152 153 155 156 157 158 159 162 165 166 167 170 171 173 174 175 176 177 178 ' +
    '180 181 182 183 184 185 186 187 188 189 190 191 192 193 195 196 197 198 199'
  ).split(' '),
)
const PROVINCES = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83'.split(' '),
)

/** How far before a number its name may begin. */
const NAME_UNITS = 24
const COUNTRY = /(?:\+|\b00|^|[^\d])86[ -]?$/
const OTHER_NUMBER =
  /(?:qq|订单|訂單|单号|單號|编号|編號|货号|貨號|型号|批号|条码|条形码|账号|帳號|帐号|卡号|卡號|户名|流水号|序列号|学号|工号|档案号|注册号|许可证|发票|快递|运单|isbn|issn|ean|upc|asin|order|sku|serial|tracking|invoice|item|model|part)[^\d\n]{0,8}$/i
const TELEPHONE = /(?:tel|phone|mobile|cell|call|whatsapp|wechat|contact)[^\n]{0,16}$/i
const IDENTITY_NAME = /(?:身份证|身份證|身分證|证件号|證件號|证号|id card|identity)[^\n]{0,16}$/i
const HAN = /[\u4e00-\u9fff]/
const HAN_UNITS = 40

export interface MaskedChinese {
  readonly text: string
  readonly mobiles: number
  readonly identities: number
}

export function maskChineseNumbers(text: string): MaskedChinese {
  let identities = 0
  const withoutIdentities = text.replace(IDENTITY, (found: string, _: string, offset: number) => {
    if (!standsAlone(text, offset, offset + found.length) || !isIdentity(found, text, offset)) return found
    identities++
    return IDENTITY_MASK
  })
  let mobiles = 0
  const masked = withoutIdentities.replace(MOBILE, (found: string, _: string, offset: number) => {
    if (!isMobile(found, withoutIdentities, offset)) return found
    mobiles++
    return MOBILE_MASK
  })
  return { text: masked, mobiles, identities }
}

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57
const isWordUnit = (unit: number): boolean =>
  isDigit(unit) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122) || unit === 95

/** No letter, digit or underscore at either side, no further group of digits behind a mark or a space. */
function standsAlone(text: string, start: number, end: number): boolean {
  if (isWordUnit(text.charCodeAt(start - 1)) || isWordUnit(text.charCodeAt(end))) return false
  return !isJoined(text, start - 1, -1) && !isJoined(text, end, 1)
}

/** `-`, `.`, `,` or a space at `at` with a digit beyond. */
function isJoined(text: string, at: number, step: 1 | -1): boolean {
  const unit = text.charCodeAt(at)
  const isMark = unit === 45 || unit === 46 || unit === 44 || unit === 32
  return isMark && isDigit(text.charCodeAt(at + step))
}

function isMobile(found: string, text: string, start: number): boolean {
  const end = start + found.length
  const before = text.slice(Math.max(0, start - NAME_UNITS), start)
  const hasCountry = COUNTRY.test(before)
  // Pages run a number into the next word; with the country before it, it is still one.
  if (hasCountry ? isDigit(text.charCodeAt(end)) || isJoined(text, end, 1) : !standsAlone(text, start, end))
    return false
  const digits = found.replace(/[ -]/g, '')
  if (!MOBILE_PREFIXES.has(digits.slice(0, 3)) || digits.endsWith('000000')) return false
  if (hasCountry) return true
  if (OTHER_NUMBER.test(before) || isInAddress(text, start)) return false
  return TELEPHONE.test(before) || HAN.test(text.slice(Math.max(0, start - HAN_UNITS), end + HAN_UNITS))
}

/** Inside a web address, or after `=`, `#` or an oblique stroke of one. */
function isInAddress(text: string, start: number): boolean {
  let from = start
  while (from > 0 && start - from < 200 && text.charCodeAt(from - 1) > 32 && text.charCodeAt(from - 1) < 127) from--
  const token = text.slice(from, start)
  return token.includes('://') || /www\.|\.com|\.cn|[=#?&]$/i.test(token)
}

function isIdentity(found: string, text: string, start: number): boolean {
  const digits = found.replace(/[ -]/g, '')
  if (!PROVINCES.has(digits.slice(0, 2))) return false
  if (digits.length === 18) return isDate(digits.slice(6, 14)) && checkDigit(digits) === digits.charAt(17).toUpperCase()
  return isDate(`19${digits.slice(6, 12)}`) && IDENTITY_NAME.test(text.slice(Math.max(0, start - NAME_UNITS), start))
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const LAST_YEAR = 2050

/** Eight digits that are a day. */
function isDate(digits: string): boolean {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].map(Number) as [
    number,
    number,
    number,
  ]
  return year >= 1900 && year <= LAST_YEAR && day >= 1 && day <= (DAYS[month - 1] ?? 0)
}

/** ISO 7064 MOD 11-2: digit i of 18 weighs 2^(17 − i) modulo 11, and all of them sum to 1. */
function checkDigit(digits: string): string {
  let sum = 0
  for (let i = 0; i < 17; i++) sum = (sum + Number(digits.charAt(i))) * 2
  const check = (12 - (sum % 11)) % 11
  return check === 10 ? 'X' : String(check)
}
