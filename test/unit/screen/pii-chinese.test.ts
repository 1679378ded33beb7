import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IDENTITY_MASK, maskChineseNumbers, MOBILE_MASK } from '../../../functions/screen/pii-chinese.ts'

/** The eighteenth character by the definition: the weighted sum of all is 1 modulo 11. */
function withCheckDigit(first17: string): string {
  const sum = (last: number): number =>
    Array.from(first17, Number).reduce((all, digit, i) => all + digit * 2 ** (17 - i), last) % 11
  const check = Array.from({ length: 11 }, (_, i) => i).find((last) => sum(last) === 1) ?? 0
  return first17 + (check === 10 ? 'X' : String(check))
}
const M = MOBILE_MASK
const I = IDENTITY_MASK

describe('Chinese mobile numbers', () => {
  it.each([
    ['请拨打13812345678联系我们', `请拨打${M}联系我们`],
    ['电话：138 1234 5678。', `电话：${M}。`],
    ['手机 138-1234-5678，', `手机 ${M}，`],
    ['联系人：+86 13812345678', `联系人：+86 ${M}`],
    ['call +86-199-1234-5678 now', `call +86-${M} now`],
    ['call 008613812345678 now', `call 0086${M} now`],
    ['Telephone86-13812345678Address', `Telephone86-${M}Address`],
    ['Mobile: 18612345678', `Mobile: ${M}`],
    ['微信同号(19912345678)', `微信同号(${M})`],
    ['张三/13812345678/李四', `张三/${M}/李四`],
    ['手机13812345678、13912345679', `手机${M}、${M}`],
  ])('%s', (text, masked) => {
    expect(maskChineseNumbers(text).text).toBe(masked)
  })

  it.each([
    ['a prefix that is not given out', '电话12812345678和15412345678以及16912345678'],
    ['machines', '物联网卡14012345678'],
    ['too short, too long', '编码1381234567和138123456789'],
    ['inside a word', '型号A13812345678，货码13812345678B，_13812345678'],
    ['a longer chain', '批次13812345678-01，以及2020-13812345678'],
    ['a decimal', '约为0.13812345678米，或13812345678.5元'],
    ['an order', '订单号：13812345678已发货'],
    ['a parcel', '快递单号 15012345678 请查收'],
    ['QQ', '加QQ13812345678，QQ群：15812345678'],
    ['a sum of money', '总额为15000000000元'],
    ['an address', '详见http://example.com/a/13812345678.html和 x.com/?id=13812345678'],
    ['an ISBN', '国际书号ISBN 9787020002207，ISBN 13-8123-4567-8'],
    ['a landline', '座机010-62345678，0755-12345678'],
    ['English figures', 'The sum was 13812345678 in all, model 15812345678.'],
    ['a bank card', '卡号6222021234567890123'],
    ['mixed separators', '编码138 1234-5678'],
    ['a bar code', '条码6901234567892'],
  ])('%s stays', (_, text) => {
    expect(maskChineseNumbers(text)).toEqual({ text, mobiles: 0, identities: 0 })
  })
})

describe('resident identity numbers', () => {
  const own = withCheckDigit('11010119900307001')
  const withX = Array.from({ length: 50 }, (_, i) =>
    withCheckDigit(`310104195912${String(i + 10)}${String(100 + i)}`),
  ).find((id) => id.endsWith('X'))

  it('knows the example of GB 11643-1999', () => {
    expect(maskChineseNumbers('11010519491231002X').identities).toBe(1)
  })

  it.each([
    [`身份证号${own}，`, `身份证号${I}，`],
    [`ID ${own}`, `ID ${I}`],
    ['11010519491231002x', I],
    [`${own.slice(0, 6)} ${own.slice(6, 14)} ${own.slice(14)}`, I],
    ['身份证号码：110105491231002', `身份证号码：${I}`],
  ])('%s', (text, masked) => {
    expect(maskChineseNumbers(text).text).toBe(masked)
  })

  it.each([
    ['a wrong check digit', '身份证110105194912310021'],
    ['no province', withCheckDigit('99010119900307001')],
    ['no month', withCheckDigit('11010119901307001')],
    ['no day', withCheckDigit('11010119900230001')],
    ['a year before 1900', withCheckDigit('11010118990307001')],
    ['a longer number', `${own}0`],
    ['inside a word', `A${own}`],
    ['15 digits without a name', '订单110105491231002已付款'],
    ['18 digits of an order', '订单202011051234567890，编号123456789012345678'],
  ])('%s stays', (_, text) => {
    expect(maskChineseNumbers(text)).toEqual({ text, mobiles: 0, identities: 0 })
  })

  it('the check digit may be X', () => {
    expect(withX).toBeDefined()
  })

  it('every number with a fitting check digit is found, one with another never', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('11', '31', '44', '65', '82'),
        fc.integer({ min: 0, max: 9999 }),
        fc.date({ min: new Date('1900-01-02T00:00:00Z'), max: new Date('2025-01-01T00:00:00Z'), noInvalidDate: true }),
        fc.integer({ min: 0, max: 999 }),
        (province, place, day, sequence) => {
          const date = day.toISOString().slice(0, 10).replaceAll('-', '')
          const id = withCheckDigit(
            province + String(place).padStart(4, '0') + date + String(sequence).padStart(3, '0'),
          )
          expect(maskChineseNumbers(`号码${id}。`).text).toBe(`号码${I}。`)
          const wrong = id.slice(0, 17) + (id.endsWith('5') ? '6' : '5')
          expect(maskChineseNumbers(`号码${wrong}。`).identities).toBe(0)
        },
      ),
    )
  })
})
