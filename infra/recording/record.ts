/**
 * `npm run recording`: runs commands of README.md on a demo, and draws what a terminal shows:
 * docs/pictures/first-minutes.svg.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DemoFile, freePorts } from '@mtls-gateway/demo'
import { StepProgress } from '@mtls-gateway/terminal'
import { AlwaysTheSame } from './always-the-same.ts'
import { demoTarget, environment, isUp, type Scene, type SceneCommand, scenes, setUp, start } from './scenes.ts'
import { screenLines, withoutErased } from './screen-text.ts'
import { columns, type RecordedCommand, type RecordedScene, svgOf } from './svg.ts'
import { Terminal } from './terminal.ts'

const root = join(import.meta.dirname, '../..')
const picture = join(root, 'docs/pictures/first-minutes.svg')

/** Where the commands run: they find `mtls` in it, and leave their files there. */
const directory = mkdtempSync(join(tmpdir(), 'recording-'))
const env = {
  ...process.env,
  ...environment,
  NO_COLOR: undefined,
  ...freePorts,
  DATA_DIR: join(directory, '.data'),
  XDG_CONFIG_HOME: join(directory, 'config'),
}
const options = { columns, directory, env }

async function record(): Promise<readonly RecordedScene[]> {
  using progress = new StepProgress(process.stderr)
  progress.expect(1 + scenes.flatMap(({ commands }) => commands).length)
  progress.next('npm start')
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  spawnSync('bash', ['-c', setUp], { cwd: directory, env, stdio: 'ignore' })
  const demo = new Terminal(`node '${join(root, 'packages/demo/dist/start.js')}'`, options)
  try {
    const printed = await demo.until(isUp)
    const facts: DemoFile = JSON.parse(readFileSync(join(env.DATA_DIR, 'demo.json'), 'utf8'))
    const target = new URL(facts.targetUrl).host
    const texts = [
      [facts.configApi, 'http://127.0.0.1:8080'],
      [facts.forwarderApi, 'http://127.0.0.1:8081'],
      [facts.console, 'http://127.0.0.1:8090'],
      [' (8082 is in use)', ''],
      [target, demoTarget],
      [env.XDG_CONFIG_HOME, '~/.config'],
      [`${directory}/`, ''],
    ] as const
    const same = new AlwaysTheSame({ texts, today: new Date() })
    const recorded = [recordedScene(start, [same.text(withoutTimes(printed))])]
    for (const scene of scenes) {
      const answers: string[] = []
      for (const { command } of scene.commands) {
        progress.next(command)
        const terminal = new Terminal(command.replace(demoTarget, target), options)
        answers.push(same.text(await terminal.toTheEnd()))
      }
      recorded.push(recordedScene(scene, answers))
    }
    progress.end()
    return recorded
  } finally {
    await demo.stop()
  }
}

/** What each step of the demo took differs from run to run. */
function withoutTimes(printed: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
  return printed.replace(/\u001b\[2m *[\d.]+ m?s\u001b\[0m /g, '')
}

function recordedScene({ title, commands }: Scene, answers: readonly string[]): RecordedScene {
  return { title, commands: commands.map((command, index) => recordedCommand(command, answers[index] ?? '')) }
}

function recordedCommand({ command, lines = (all) => all }: SceneCommand, answer: string): RecordedCommand {
  const text = lines(withoutErased(answer).trimEnd().split('\n')).join('\n')
  return { command, rows: text === '' ? [] : screenLines(text, columns) }
}

try {
  writeFileSync(picture, svgOf(await record()))
  console.log(`docs/pictures/first-minutes.svg: ${readFileSync(picture).length} bytes`)
} finally {
  rmSync(directory, { recursive: true })
}
