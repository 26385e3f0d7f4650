import { randomUUID } from 'node:crypto'
import {
  type Mapping,
  MappingIndex,
  parseCertificateId,
  parseMappingId,
  parseMappingUrl,
  parseTargetUrl,
} from '../src/index.ts'

// Run with --expose-gc to see the heap that a mapping takes.
const count = 10_000
const rounds = 1_000_000
const id = parseMappingId(1)
const certificateId = parseCertificateId(1)
if (id === undefined || certificateId === undefined) throw new TypeError('1 is an id')

const mappingTo = (text: string): Mapping => ({
  id,
  name: text,
  serviceId: '1',
  url: parseMappingUrl(text),
  enable: true,
  certificateId,
  revision: 1,
})

function measure(name: string, urls: readonly string[], calls: Readonly<Record<string, string>>): void {
  const mappings = urls.map(mappingTo)
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  const start = performance.now()
  const index = new MappingIndex()
  for (const mapping of mappings) index.add(mapping)
  const built = performance.now() - start
  globalThis.gc?.()
  const heap = (process.memoryUsage().heapUsed - before) / urls.length
  console.log(`\n${name}: built in ${built.toFixed(1)} ms, ${heap.toFixed(0)} bytes a mapping`)
  for (const [what, call] of Object.entries(calls)) {
    const target = parseTargetUrl(call).normalised
    for (let i = 0; i < rounds / 10; i++) index.find('1', target)
    const from = process.hrtime.bigint()
    for (let i = 0; i < rounds; i++) index.find('1', target)
    console.log(`  ${what.padEnd(46)} ${(Number(process.hrtime.bigint() - from) / rounds).toFixed(0).padStart(6)} ns`)
  }
}

const origins = Array.from({ length: 40 }, (_, n) => `https://hooks${n}.partner.example.com`)
const exact = Array.from({ length: count }, (_, n) => `${origins[n % 40]}/v2/${randomUUID()}/events`)
const patterns = exact.map((url) => `${url}/*`)
const wildcards = Array.from({ length: count }, (_, n) => `https://*.partner${n}.example.com/v2/*`)
const deep = `${origins[0]}/v2/`.padEnd(2_040, 'x/')

measure('10,000 exact urls', exact, {
  'the last of them': exact.at(-1) ?? '',
  'one that is not there': `${exact.at(-1)}/x`,
})
measure('10,000 path patterns on 40 hosts', patterns, {
  'below one of them': `${exact.at(-1)}/a/b/c?q`,
  'beside all of them': `${origins[0]}/v1/a`,
  'a path of 1,000 segments': deep,
})
measure('10,000 wildcard hosts', wildcards, {
  'below one of them': 'https://shop.partner9999.example.com/v2/a',
  'a host beside all of them': 'https://shop.partner.example.com/v2/a',
})
measure('one prefix of 1,000 segments', [`${deep.replace(/[^/]*$/, '')}*`], { 'below it': deep })
