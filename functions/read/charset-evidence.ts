/**
 * Which encoding bytes are in: a sample is decoded in each candidate, and what costs the fewest bits is the answer.
 *
 * The cost of a character is −log2 of about how often it is met: letters by the language that explains the sample best and by
 * their neighbours (`charset-alphabetic.ts`), two-byte characters by class (`charset-east-asian.ts`), what real text never holds
 * at a price that it never pays. What each costs was set by hand. The idea is that of chardetng (Sivonen 2020): a running score
 * an encoding, penalties for implausible neighbours; here without trained pair tables. UTF-8 with some damage is a candidate too.
 * Cost, for pages only that are not valid UTF-8: a decode of 1 KiB in each of 28 encodings, of at most 8 KiB in what is left.
 */
import { alphabeticBits, REPLACED_BITS } from './charset-alphabetic.ts'
import { eastAsianBits } from './charset-east-asian.ts'
import { mendUtf8 } from './charset-mixed.ts'

const SAMPLE_BYTES = 1 << 13
/** What costs so many bits more than the best after the first bytes is not asked further. */
const FIRST_BYTES = 1 << 10
const HOPELESS_BITS = 500
const SEQUENCE_BITS = 5
const MENDED_BITS = 7

/** Bits that an encoding costs before any byte is seen: how rare it is among pages. Of equals the first stands. */
const CANDIDATES: Readonly<Record<string, number>> = {
  'windows-1252': 0,
  'utf-8': 0,
  gb18030: 0,
  big5: 2,
  shift_jis: 2,
  'euc-jp': 3,
  'euc-kr': 2,
  'windows-1251': 2,
  'windows-1250': 5,
  'windows-1253': 4,
  'windows-1254': 5,
  'windows-1255': 4,
  'windows-1256': 4,
  'windows-1257': 6,
  'windows-1258': 8,
  'windows-874': 4,
  'iso-8859-2': 6,
  'iso-8859-7': 5,
  'koi8-r': 5,
  'koi8-u': 6,
  'iso-8859-4': 9,
  'iso-8859-5': 8,
  'iso-8859-6': 8,
  'iso-8859-13': 7,
  'iso-8859-15': 8,
  ibm866: 10,
  'x-mac-cyrillic': 12,
  macintosh: 12,
}

/** What real text costs in its own encoding, per byte that is not ASCII; less is no reason to ask for another. */
const PLAUSIBLE_BITS_PER_BYTE = 5.5
/** A declaration is wrong when another encoding explains the bytes by as many bits better, in all and per byte. */
const MIN_REFUTING_BITS = 60
const MIN_REFUTING_BITS_PER_BYTE = 1

/**
 * The encoding of bytes that are not valid UTF-8: the declared one unless the bytes refute it, the cheapest where nothing is declared.
 * UTF-8 with some damage counts as declared UTF-8 as long as nothing is cheaper.
 */
export function weighCharsets(bytes: Uint8Array, declared: string | null): string {
  const { sample, wide } = wideSample(bytes)
  const isLong = sample.length > 2 * FIRST_BYTES
  if (declared !== null && declared !== 'utf-8') {
    const some = wideSample(sample.subarray(0, FIRST_BYTES))
    if (costOf(declared, some.sample) <= PLAUSIBLE_BITS_PER_BYTE * some.wide) return declared
  }
  const all = Object.keys(CANDIDATES)
  const field = isLong ? cheapest(all, sample.subarray(0, FIRST_BYTES), HOPELESS_BITS) : all
  const [best = 'windows-1252'] = cheapest(field, sample, 0)
  if (declared === null || declared === best) return best
  const bits = costOf(declared, sample) - costOf(best, sample)
  if (declared === 'utf-8') return bits > 0 ? best : declared
  return bits >= MIN_REFUTING_BITS && bits >= MIN_REFUTING_BITS_PER_BYTE * wide ? best : declared
}

/** The encodings within so many bits of the cheapest, in the order they came. */
function cheapest(charsets: readonly string[], sample: Uint8Array, within: number): string[] {
  const costs = charsets.map((charset) => costOf(charset, sample))
  const least = Math.min(...costs)
  return charsets.filter((_, i) => (costs[i] ?? Infinity) <= least + within)
}

/** The class is a value only where DOM types are. */
type Decoder = InstanceType<typeof TextDecoder>

const decoders = new Map<string, Decoder>()

function decoderOf(charset: string): Decoder {
  let decoder = decoders.get(charset)
  if (decoder === undefined) decoders.set(charset, (decoder = new TextDecoder(charset)))
  return decoder
}

function costOf(charset: string, sample: Uint8Array): number {
  const prior = CANDIDATES[charset] ?? 10
  if (charset === 'utf-8') return prior + utf8Bits(sample)
  const text = decoderOf(charset).decode(sample)
  return prior + (eastAsianBits(text, charset) ?? alphabeticBits(text))
}

/** The stretches with bytes that are not ASCII: markup and scripts in between tell nothing. */
function wideSample(bytes: Uint8Array): { sample: Uint8Array; wide: number } {
  const sample = new Uint8Array(SAMPLE_BYTES)
  let filled = 0
  let wide = 0
  let lastWide = -Infinity
  for (let at = 0; at < bytes.length && filled < SAMPLE_BYTES - 2; at++) {
    const byte = bytes[at] ?? 0
    // Second bytes of Big5, GBK and Shift-JIS may be ASCII: four after a wide byte are kept, and the one before it.
    if (byte > 127) {
      if (at - lastWide > 5 && at > 0) sample[filled++] = bytes[at - 1] ?? 0
      lastWide = at
      wide++
    }
    if (at - lastWide <= 4) sample[filled++] = byte
    else if (at - lastWide === 5) sample[filled++] = 32
  }
  return { sample: sample.subarray(0, filled), wide }
}

/** Valid UTF-8 sequences are no accident, whatever they say; beside some, single bytes may be of windows-1252. */
function utf8Bits(sample: Uint8Array): number {
  const found = mendUtf8(sample)
  const { bytes, mended } = found.sequences === 0 ? { bytes: sample, mended: 0 } : found
  const text = decoderOf('utf-8').decode(bytes)
  let bits = mended * (MENDED_BITS - SEQUENCE_BITS)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 127) bits += code === 0xfffd ? REPLACED_BITS : SEQUENCE_BITS
  }
  return bits
}
