import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '@mtls-gateway/test-kit'

export interface Target {
  readonly job: string
  readonly instance: string
  /** The base url of /metrics. */
  readonly managementUrl: string
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>
  /** Seconds since 1970, and the value; NaN where there is none. */
  readonly points: readonly (readonly [time: number, value: number])[]
}

interface Answer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>
      readonly value?: readonly [number, string]
      readonly values?: readonly (readonly [number, string])[]
    }[]
  }
}

/** A Prometheus of one's own, which looks at its targets every second and evaluates the rules of this folder. */
export class Prometheus {
  readonly #url: string
  readonly #stop: () => Promise<void>

  private constructor(url: string, stop: () => Promise<void>) {
    this.#url = url
    this.#stop = stop
  }

  /** @param ruleFiles in which alerts wait for ten seconds at most, whatever they say */
  static async start(targets: readonly Target[], ruleFiles: readonly string[]): Promise<Prometheus> {
    if (spawnSync('prometheus', ['--version']).error)
      throw new Error('apt-get install --no-install-recommends prometheus')
    const directory = await mkdtemp(join(tmpdir(), 'prometheus-'))
    for (const file of ruleFiles) {
      const rules = await readFile(file, 'utf8')
      await writeFile(join(directory, basename(file)), rules.replaceAll(/^( +for:) .*$/gm, '$1 10s'))
    }
    await writeFile(join(directory, 'prometheus.yml'), configuration(targets))
    const url = `http://127.0.0.1:${await freePort()}`
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=${new URL(url).host}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    )
    const prometheus = new Prometheus(url, async () => {
      const ended = once(child, 'close')
      child.kill('SIGTERM')
      await ended
      await rm(directory, { recursive: true })
    })
    await prometheus.#untilReady()
    return prometheus
  }

  /** The values of each series between two moments, in seconds since 1970. */
  async range(expr: string, start: number, end: number, step: number): Promise<readonly Series[]> {
    const parameters = { query: expr, start: String(start), end: String(end), step: String(step) }
    const { data } = await this.#ask('query_range', parameters)
    return data.result.map(({ metric, values = [] }) => ({ labels: metric, points: values.map(numbers) }))
  }

  /** The values at a moment. */
  async instant(expr: string, time: number): Promise<readonly Series[]> {
    const { data } = await this.#ask('query', { query: expr, time: String(time) })
    return data.result.map(({ metric, value }) => ({ labels: metric, points: value ? [numbers(value)] : [] }))
  }

  stop(): Promise<void> {
    return this.#stop()
  }

  async #ask(path: string, parameters: Readonly<Record<string, string>>): Promise<Answer> {
    const response = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(parameters)}`)
    if (!response.ok) throw new Error(`${parameters.query}: ${await response.text()}`)
    return (await response.json()) as Answer
  }

  async #untilReady(): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      const ready = await fetch(`${this.#url}/-/ready`).catch(() => undefined)
      if (ready?.ok) return
      await setTimeout(100)
    }
    throw new Error('Prometheus does not become ready')
  }
}

function numbers([time, value]: readonly [number, string]): readonly [number, number] {
  return [time, Number(value)]
}

/** JSON is YAML, too. */
function configuration(targets: readonly Target[]): string {
  return JSON.stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['*.yaml'],
    scrape_configs: [
      {
        job_name: 'services',
        static_configs: targets.map(({ job, instance, managementUrl }) => ({
          targets: [new URL(managementUrl).host],
          labels: { job, instance },
        })),
      },
    ],
  })
}
