/**
 * Whole tokens out of shares: Hamilton's method of the largest remainder, at each step of a hierarchy phase → language
 * → source → topic, so that the parts of every node sum to the node and a language's share is exact to the token
 * whatever its topics do. Computed in whole numbers: a share is taken as the decimal that it prints as (0.2 is a
 * fifth), because at 10^12 tokens a double's product is off by more than a remainder. Where a child has a cap, what it
 * cannot take goes to its siblings in proportion. O(n log n) a node, a further round for each child that meets its cap.
 */

/** A non-negative number as digits × 10^-scale, exactly as it prints. */
function decimal(value: number): { digits: bigint; scale: number } {
  if (!Number.isFinite(value) || value < 0) throw new RangeError(`a weight must be finite and not negative: ${value}`)
  const [mantissa = '0', exponent = '0'] = String(value).split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return { digits: BigInt(whole + fraction), scale: fraction.length - Number(exponent) }
}

/** Splits `total` in proportion to `weights`, which need not sum to 1; ties of remainders go to the lower index. */
export function largestRemainder(total: number, weights: readonly number[]): number[] {
  if (!Number.isSafeInteger(total) || total < 0) throw new RangeError(`a total must be a whole number: ${total}`)
  const decimals = weights.map(decimal)
  const scale = Math.max(0, ...decimals.map((one) => one.scale))
  const integers = decimals.map((one) => one.digits * 10n ** BigInt(scale - one.scale))
  const sum = integers.reduce((a, b) => a + b, 0n)
  if (sum === 0n) {
    if (total === 0) return weights.map(() => 0)
    throw new RangeError(`${total} cannot be split over weights that are all 0`)
  }
  const products = integers.map((weight) => weight * BigInt(total))
  const parts = products.map((product) => Number(product / sum))
  const left = total - parts.reduce((a, b) => a + b, 0)
  const byRemainder = products
    .map((product, i) => ({ remainder: product % sum, i }))
    .sort((a, b) => (a.remainder === b.remainder ? a.i - b.i : a.remainder > b.remainder ? -1 : 1))
  for (const { i } of byRemainder.slice(0, left)) parts[i] = (parts[i] ?? 0) + 1
  return parts
}

/** The same with a cap for each part. The parts sum to `total`, or to the caps where those are not enough. */
export function cappedRemainder(total: number, weights: readonly number[], caps: readonly number[]): number[] {
  const parts = weights.map(() => 0)
  let open = weights.flatMap((weight, i) => (weight > 0 ? [i] : []))
  let left = total
  while (open.length > 0 && left > 0) {
    const shares = largestRemainder(
      left,
      open.map((i) => weights[i] ?? 0),
    )
    const full = open.filter((i, k) => (shares[k] ?? 0) > (caps[i] ?? 0))
    if (full.length === 0) {
      for (const [k, i] of open.entries()) parts[i] = shares[k] ?? 0
      return parts
    }
    for (const i of full) {
      parts[i] = caps[i] ?? 0
      left -= caps[i] ?? 0
    }
    open = open.filter((i) => !full.includes(i))
  }
  return parts
}

/** A node of the hierarchy; a leaf is a cell. */
export type QuotaNode =
  | { readonly weight: number; readonly cell: string }
  | { readonly weight: number; readonly children: readonly QuotaNode[] }

export type CapOf = (cell: string) => number

const capOfNode = (node: QuotaNode, cap: CapOf): number =>
  'cell' in node ? cap(node.cell) : node.children.reduce((sum, child) => sum + capOfNode(child, cap), 0)

/** Tokens of each cell under `nodes`, cells of 0 tokens left out. Without caps they sum to `total`. */
export function hierarchicalQuotas(
  total: number,
  nodes: readonly QuotaNode[],
  cap: CapOf = () => Number.POSITIVE_INFINITY,
): Map<string, number> {
  const quotas = new Map<string, number>()
  const parts = cappedRemainder(
    total,
    nodes.map((node) => node.weight),
    nodes.map((node) => capOfNode(node, cap)),
  )
  for (const [i, node] of nodes.entries()) {
    const part = parts[i] ?? 0
    if (part === 0) continue
    const inner = 'cell' in node ? new Map([[node.cell, part]]) : hierarchicalQuotas(part, node.children, cap)
    for (const [cell, tokens] of inner) quotas.set(cell, (quotas.get(cell) ?? 0) + tokens)
  }
  return quotas
}
