import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { OtherReader } from './other-reader.ts'

const here = import.meta.dirname
/** Where `.ci/run` installs h11, and where the Go program is built. */
const cache = join(here, '../../../../node_modules/.cache/fuzz')

/** The readers in other languages that this machine has, and notes on those that it lacks. */
export function openOtherReaders(): { readonly readers: readonly OtherReader[]; readonly notes: readonly string[] } {
  const readers = [h11Reader(), goReader()]
  return {
    readers: readers.filter((reader) => typeof reader !== 'string'),
    notes: readers.filter((reader) => typeof reader === 'string'),
  }
}

function h11Reader(): OtherReader | string {
  const env = { ...process.env, PYTHONPATH: globSync(join(cache, 'h11-*.whl'))[0] ?? '' }
  if (spawnSync('python3', ['-c', 'import h11'], { env }).status === 0) {
    return new OtherReader('h11', 'python3', [join(here, 'h11_reader.py')], env)
  }
  return `NOT held against h11: python3 with h11 is missing (python3 -m pip download --no-deps --dest ${cache} h11)`
}

function goReader(): OtherReader | string {
  mkdirSync(cache, { recursive: true })
  const program = join(cache, 'go-reader')
  const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: join(here, 'go-reader'), encoding: 'utf8' })
  if (built.status === 0) return new OtherReader('Go', program, [])
  return `NOT held against Go's net/http: ${built.error === undefined ? built.stderr : 'go is missing'}`
}
