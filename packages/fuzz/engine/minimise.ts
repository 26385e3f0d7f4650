/**
 * A shorter input that still fails (Zeller's ddmin): removes halves, then ever smaller pieces.
 * @param mayGoOn asked before each try
 */
export async function minimise(
  input: Buffer,
  fails: (candidate: Buffer) => Promise<boolean>,
  mayGoOn: () => boolean,
): Promise<Buffer> {
  let smallest = input
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < smallest.length; ) {
      if (!mayGoOn()) return smallest
      const candidate = Buffer.concat([smallest.subarray(0, from), smallest.subarray(from + size)])
      if (await fails(candidate)) smallest = candidate
      else from += size
    }
  }
  return smallest
}
