import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { LogOutput } from '../../src/logging/log-output.ts'

const maxHeld = 100_000
const line = `${'x'.repeat(999)}\n`

let directory: string
let decoder: StringDecoder
let reader: number
let writer: number
let output: LogOutput

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'log-output-'))
  const fifo = join(directory, 'fifo')
  execFileSync('mkfifo', [fifo])
  decoder = new StringDecoder()
  reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  writer = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK)
  output = new LogOutput(() => writer, maxHeld)
})

afterEach(() => {
  for (const fd of [reader, writer]) closeSync(fd)
  rmSync(directory, { recursive: true })
})

/** What is in the pipe now. */
function read(): string {
  const bytes = Buffer.alloc(1_000_000)
  try {
    return decoder.write(bytes.subarray(0, readSync(reader, bytes)))
  } catch {
    return ''
  }
}

describe('the output of a log', () => {
  it('loses nothing to a reader that is slow', async () => {
    const lines = Array.from({ length: 150 }, (_, n) => `${n} ${line}`)
    for (const each of lines) output.write(each)
    let text = ''
    while (text.length < lines.join('').length) {
      text += read()
      output.flushSync()
      await turn()
    }
    expect(text).toBe(lines.join(''))
    expect(output.dropped).toBe(0)
  })

  it('holds so much for a reader that has stopped, counts what it drops, and says so when it is read again', () => {
    output.onDropped = (lines) => output.write(`dropped ${lines}\n`)
    for (let n = 0; n < 1_000; n++) output.write(line)
    const { dropped } = output
    let text = ''
    for (let part = read(); part !== ''; part = read()) {
      text += part
      output.flushSync()
    }
    const held = text.split(line).length - 1
    expect(held).toBeGreaterThan(90)
    expect(held + dropped).toBe(1_000)
    expect(text).toBe(`${line.repeat(held)}dropped ${dropped}\n`)
    expect(output.dropped).toBe(dropped)
  })

  it('writes whole what has more bytes than characters', async () => {
    const lines = `${'€'.repeat(999)}\n`.repeat(60)
    output.write(lines)
    let text = ''
    while (text.length < lines.length) {
      text += read()
      output.flushSync()
      await turn()
    }
    expect(text === lines).toBe(true)
  })

  it('counts what nobody will ever read', () => {
    closeSync(reader)
    for (let n = 0; n < 100; n++) output.write(line)
    output.flushSync()
    expect(output.dropped).toBe(100)
    reader = openSync(join(directory, 'fifo'), constants.O_RDONLY | constants.O_NONBLOCK)
    output.write('read again\n')
    output.flushSync()
    expect(read()).toBe('read again\n')
  })
})

describe('the output of a log to a file', () => {
  it('writes all lines in order, and at the latest after a while', async () => {
    const path = join(directory, 'file')
    const fd = openSync(path, 'w')
    const toFile = new LogOutput(() => fd)
    const lines = Array.from({ length: 500 }, (_, n) => `${n} ${line}`)
    for (const each of lines) toFile.write(each)
    toFile.flushSync()
    toFile.write('last\n')
    const text = `${lines.join('')}last\n`
    while (readFileSync(path).length < text.length) await delay(10)
    expect(readFileSync(path, 'utf8')).toBe(text)
    closeSync(fd)
  })
})
