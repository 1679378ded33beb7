/** What is shown of a text: all of it, or its beginning and a piece from the middle, with the lengths that are left out. */
import type { Topic } from '../../schema/shard.ts'

export interface Passage {
  /** Of the whole text in UTF-8. */
  readonly sha256: string
  readonly lang: string
  readonly text: string
  readonly title: string | null
  readonly url: string | null
  /** Where it was read: file and line. */
  readonly place: string
}

export interface Reading {
  readonly topic: Topic
  readonly second: Topic | null
}

/** In UTF-16 units, as all lengths here. */
export interface Window {
  readonly head: number
  readonly middle: number
}

/** A title or an address tells its subject early, if at all. */
const MAX_FIELD_UNITS = 300

/**
 * The text stands between marks that hold the start of its own hash, which no text can hold: what it says about marks ends none of them.
 */
export function showPassage({ sha256, text, title, url }: Passage, { head, middle }: Window): string {
  const mark = `text-${sha256.slice(0, 12)}`
  const lines = [
    ...(title === null || title === '' ? [] : [`Title: ${oneLine(title)}`]),
    ...(url === null || url === '' ? [] : [`Address: ${oneLine(url)}`]),
  ]
  const pieces = piecesOf(text, { head, middle })
  const shown = pieces.map(({ about }) => about).join(' and ')
  lines.push(`Length: ${text.length} characters, ${shown === '' ? 'all of them shown' : `of which ${shown} follow`}.`)
  for (const { about, piece } of pieces) {
    lines.push('', about === '' ? `<${mark}>` : `<${mark} part="${about}">`, piece.toWellFormed(), `</${mark}>`)
  }
  return lines.join('\n')
}

function piecesOf(text: string, { head, middle }: Window): { about: string; piece: string }[] {
  if (text.length <= head + middle) return [{ about: '', piece: text }]
  const end = whole(text, head)
  const first = { about: `characters 1 to ${end}`, piece: text.slice(0, end) }
  if (middle === 0) return [first]
  // The middle of what the beginning leaves over.
  const from = whole(text, head + Math.floor((text.length - head - middle) / 2))
  const to = whole(text, from + middle)
  return [first, { about: `characters ${from + 1} to ${to}`, piece: text.slice(from, to) }]
}

/** Not between the two halves of a character. */
const whole = (text: string, at: number): number =>
  /^[\uDC00-\uDFFF]$/.test(text.charAt(at)) && /^[\uD800-\uDBFF]$/.test(text.charAt(at - 1)) ? at - 1 : at

const oneLine = (field: string): string => field.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_FIELD_UNITS).toWellFormed()
