import { cp, readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pythonPackages } from '../support/python-packages.ts'
import { cacheFolder, openApiFile, type ServiceName } from '../support/repository.ts'
import { mustRun } from '../support/run-tool.ts'

export interface Language {
  /** Writes the client of one service below `folder`. */
  readonly generate: (service: ServiceName, folder: string) => Promise<void>
  /** Compiles both clients with the flow, and runs it. */
  readonly run: (folder: string, env: Readonly<Record<string, string>>) => Promise<void>
}

const here = import.meta.dirname

function packageName(service: ServiceName): string {
  return service.replace('-', '_')
}

const java: Language = {
  generate(service, folder) {
    const base = `gateway.${packageName(service)}`
    return openApiGenerator(service, [
      ...['-g', 'java', '--library', 'native', '-o', folder],
      ...['--invoker-package', `${base}.client`, '--api-package', `${base}.api`, '--model-package', `${base}.model`],
      // An object for all parameters: without it, each new filter of a list is one more argument.
      ...['--additional-properties', 'useSingleRequestParameter=true'],
      // Else an operation that takes JSON or a form imports the form's class, which is not made (openapi-generator).
      ...['--global-property', 'skipFormModel=false'],
      // A list or a map: the class that is made of such alternatives does not compile (openapi-generator).
      ...['--schema-mappings', 'CheckMappingAnswer=com.fasterxml.jackson.databind.JsonNode'],
    ])
  },
  async run(folder, env) {
    await cp(join(here, 'java'), join(folder, 'src/main/java'), { recursive: true })
    const classPath = join(folder, 'class-path')
    const goals = ['compile', 'dependency:build-classpath', `-Dmdep.outputFile=${classPath}`]
    await mustRun('mvn', ['-q', '-B', ...goals], { cwd: folder })
    const libraries = await readFile(classPath, 'utf8')
    await mustRun('java', ['-cp', `${join(folder, 'target/classes')}:${libraries}`, 'Flow'], { env })
  },
}

const python: Language = {
  generate: (service, folder) =>
    openApiGenerator(service, ['-g', 'python', '--package-name', packageName(service), '-o', folder]),
  run: (folder, env) =>
    mustRun('python3', [join(here, 'python/flow.py')], {
      env: { ...env, PYTHONPATH: `${folder}:${env.PYTHONPATH}`, PYTHONDONTWRITEBYTECODE: '1' },
    }),
}

const go: Language = {
  generate(service, folder) {
    const name = packageName(service)
    return openApiGenerator(service, [
      ...['-g', 'go', '--package-name', name.replace('_', ''), '-o', join(folder, name)],
      ...['--global-property', 'apiTests=false,modelTests=false'],
    ])
  },
  async run(folder, env) {
    await cp(join(here, 'go'), folder, { recursive: true })
    // One module: each client is a package of it.
    for (const service of ['config_api', 'forwarder_api']) await rm(join(folder, service, 'go.mod'))
    await mustRun('go', ['vet', './...'], { cwd: folder })
    await mustRun('go', ['run', '.'], { cwd: folder, env })
  },
}

/** Tools of its own, as openapi-typescript runs on TypeScript 5. */
const typescriptTools = join(cacheFolder, 'typescript')

const typescript: Language = {
  async generate(service, folder) {
    await cp(join(here, 'typescript'), typescriptTools, { recursive: true })
    await mustRun('npm', ['ci', '--silent', '--ignore-scripts', '--prefer-offline'], { cwd: typescriptTools })
    const output = join(folder, `${packageName(service)}.ts`)
    await mustRun('npx', ['openapi-typescript', openApiFile(service), '-o', output], { cwd: typescriptTools })
  },
  async run(folder, env) {
    await cp(join(here, 'typescript'), folder, { recursive: true })
    await symlink(join(typescriptTools, 'node_modules'), join(folder, 'node_modules'))
    await mustRun('npx', ['tsc'], { cwd: folder })
    await mustRun(process.execPath, ['flow.ts'], { cwd: folder, env })
  },
}

export const languages = { java, python, go, typescript }

async function openApiGenerator(service: ServiceName, args: readonly string[]): Promise<void> {
  const packages = await pythonPackages(join(here, 'requirements.txt'))
  const jar = join(packages, 'openapi_generator_cli/openapi-generator.jar')
  // It runs for seconds only: half of its processor time would go into optimising code. It logs an error for
  // `mutualTLS` with each operation, and leaves it out; what it fails by it throws.
  const forOneRun = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Dlog.level=off']
  await mustRun('java', [...forOneRun, '-jar', jar, 'generate', '-i', openApiFile(service), ...args])
}
