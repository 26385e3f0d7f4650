/**
 * Runs in its own thread, as the event loop may be blocked. Imports next to nothing, because every start of a service
 * pays for what it loads.
 */
import { writeSync } from 'node:fs'
import { type Debugger, Session } from 'node:inspector'
import { workerData } from 'node:worker_threads'
import { openStandardOutput } from '../logging/log-output.ts'

export interface WatchdogTask {
  /** One number, which the watched thread changes about once a tick. 0 pauses the watch. */
  readonly beats: Int32Array
  /** The number of ticks without a beat that is too long. */
  readonly ticks: number
  readonly tickMs: number
  /** The fields of every log line. */
  readonly bindings: Readonly<Record<string, unknown>>
}

/** EX_SOFTWARE of sysexits.h. If the process has to be killed instead, its parent sees SIGKILL. */
const exitCode = 70
/**
 * V8 handles a debugger's requests whenever a loop or a regex jumps back, but not in native code (a hash, a long
 * parse).
 */
const stackTimeoutMs = 5_000
/** For the `exit` handlers of the watched thread. */
const exitTimeoutMs = 5_000
const maxFrames = 50
const maxFrameLength = 300

// The other side of this module made it.
const task = workerData as WatchdogTask
const session = new Session()
/** Urls of scripts by id: a frame has only the id. */
const scripts = new Map<string, string>()

let seen = 0
let quietTicks = 0
let previous = performance.now()

const watch = setInterval(() => {
  const now = performance.now()
  // This thread was late itself: the whole process was stopped (SIGSTOP, a sleeping machine) or got no processor.
  const overslept = now - previous > 2 * task.tickMs
  previous = now
  const beat = Atomics.load(task.beats, 0)
  quietTicks = overslept || beat === 0 || beat !== seen ? 0 : quietTicks + 1
  seen = beat
  if (quietTicks < task.ticks) return
  clearInterval(watch)
  findStack()
}, task.tickMs)

/** Pauses the watched thread, without opening a port, and asks for its stack. */
function findStack(): void {
  // No failure here may keep the process alive.
  process.on('uncaughtException', kill)
  setTimeout(report, stackTimeoutMs, [])
  session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url))
  session.on('Debugger.paused', ({ params }) => (reported ? exit() : report(stackOf(params.callFrames))))
  session.connectToMainThread()
  session.post('Debugger.enable')
  session.post('Debugger.pause')
}

/** Functions, files and lines; never an argument or a variable. */
function stackOf(frames: readonly Debugger.CallFrame[]): readonly string[] {
  return frames.slice(0, maxFrames).map(({ functionName, location, url }) => {
    const position = `${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`
    const script = scripts.get(location.scriptId) || url || 'unknown'
    return `${functionName || '(anonymous)'} (${script}:${position})`.slice(0, maxFrameLength)
  })
}

let reported = false

/** Writes the line itself, as the watched thread's log can't write now, and ends the process in any case. */
function report(stack: readonly string[]): void {
  if (reported) return
  reported = true
  setInterval(kill, exitTimeoutMs)
  try {
    writeSync(openStandardOutput(), `${JSON.stringify(lineOf(stack))}\n`)
  } catch {
    // Nobody reads it: no reason to go on.
  }
  if (stack.length === 0) kill()
  else exit()
}

function lineOf(stack: readonly string[]): Readonly<Record<string, unknown>> {
  const blockedMs = Math.round(task.ticks * task.tickMs)
  return {
    level: 'fatal',
    time: new Date().toISOString(),
    ...task.bindings,
    event: 'event-loop-blocked',
    blockedMs,
    stack,
    msg: `The event loop has been blocked for ${blockedMs} ms (BLOCKED_LIMIT); the process ends.`,
  }
}

/**
 * The watched thread exits by itself: it then writes what its log still holds, and can exit even as a container's first
 * process.
 */
function exit(): void {
  session.post('Runtime.evaluate', { expression: `process.exit(${exitCode})` })
}

/** The system does not deliver this to a container's first process, which ends as soon as its thread can be paused. */
function kill(): void {
  process.kill(process.pid, 'SIGKILL')
}
