import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import type { ImportedAccount, ImportOptions } from '../importers/imported-account.ts'
import { examples } from '../options/examples.ts'
import { type CreateCommand, commandGroup } from './command-group.ts'

type Import = (text: string, file: string, options: ImportOptions) => ImportedAccount

interface Importer {
  readonly name: string
  readonly what: string
  readonly file: string
  readonly examples: readonly string[]
  /** Loaded only for that. */
  readonly load: () => Promise<Import>
}

const importers: readonly Importer[] = [
  {
    name: 'nginx',
    what: 'the locations of nginx that present a client certificate (proxy_ssl_certificate)',
    file: 'a configuration file, or better what nginx -T prints, which has all files',
    examples: ['nginx -T | mtls import nginx - > account.yaml', 'mtls import nginx bank.conf --service-name IDP'],
    load: async () => (await import('../importers/nginx.ts')).importNginx,
  },
  {
    name: 'kong',
    what: 'the services of Kong that present a client certificate',
    file: 'YAML or JSON of decK, format 3.0',
    examples: ['deck gateway dump -o - | mtls import kong - > account.yaml'],
    load: async () => (await import('../importers/kong.ts')).importKong,
  },
  {
    name: 'envoy',
    what: 'the static clusters of Envoy that present a client certificate, from files or by SDS',
    file: 'a bootstrap in YAML or JSON',
    examples: ['mtls import envoy envoy.yaml > account.yaml'],
    load: async () => (await import('../importers/envoy.ts')).importEnvoy,
  },
]

export const importCommand = commandGroup(
  'import',
  'write a document from the configuration of another proxy',
  importers.map(importerCommand),
)

function importerCommand({ name, what, file: fileText, examples: lines, load }: Importer): CreateCommand {
  return (context) =>
    new Command(name)
      .summary(`write a document from a configuration of ${name}`)
      .description(
        `Prints a document for mtls apply with ${what}. On stderr, it names each thing that has no counterpart here, with its line, and what to do before you apply the document, such as to upload the certificates. Private keys are never printed, and nothing is sent.`,
      )
      .argument('<file>', `${fileText}; - is stdin`)
      .option('--service-name <service>', 'the service that calls, by name or number, which no proxy knows', 'IDP')
      .addHelpText('after', examples(...lines))
      .action(async (file, { serviceName }) => {
        const text = (await context.inputs.file(file)).toString('utf8')
        const importer = await load()
        await show(importer(text, file === '-' ? 'stdin' : file, { service: serviceName }), file, context)
      })
}

async function show({ notes, steps, size, document }: ImportedAccount, file: string, { output }: CliContext) {
  const { documentYaml } = await import('../declared/document-yaml.ts')
  const inOrder = notes.toSorted((one, other) => (one.file === other.file ? one.line - other.line : 0))
  for (const { file: where, line, text } of inOrder) output.complain(`${where}:${line} ${text}`)
  if (size === 0) throw new CliFailure('refused', `Nothing in ${file} calls a target with a client certificate.`)
  for (const step of steps) output.complain(step)
  output.jsonText(documentYaml(document))
}
