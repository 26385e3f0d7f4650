/**
 * Where Node keeps what it has compiled, if a run of tests has such a place: for the environment of a process that gets
 * nothing else of this one's.
 */
export function compileCache(): Readonly<Record<string, string>> {
  const { NODE_COMPILE_CACHE } = process.env
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }
}
