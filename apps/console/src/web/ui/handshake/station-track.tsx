import styles from './station-track.module.css'
import type { Station, StationState } from './stations.ts'

const signs: Readonly<Record<StationState, string>> = {
  passed: '✓',
  broken: '✕',
  doubtful: '?',
  skipped: '–',
  ahead: '',
}
const radius = 13

interface TrackProps {
  readonly stations: readonly Station[]
  readonly telling: number
}

/** The stations side by side, their names above; from the telling one a line leads down to its sentence. */
export function WideTrack({ stations, telling }: TrackProps) {
  const step = 136
  const y = 58
  const xOf = (index: number) => step / 2 + index * step
  return (
    <svg viewBox={`0 0 ${stations.length * step} 106`} aria-hidden="true" className={styles.wide}>
      {stations.slice(1).map(({ name, state }, index) => (
        <line
          key={name}
          x1={xOf(index) + radius}
          x2={xOf(index + 1) - radius}
          y1={y}
          y2={y}
          className={`${styles.way} ${styles[state]}`}
        />
      ))}
      {stations.map(({ name, state, found }, index) => (
        <g key={name} className={styles[state]}>
          {index === telling && (
            <line x1={xOf(index)} x2={xOf(index)} y1={y + radius} y2={106} className={styles.stem} />
          )}
          {linesOf(name).map((line, row, { length }) => (
            <text key={line} x={xOf(index)} y={34 - (length - 1 - row) * 18} className={styles.name}>
              {line}
            </text>
          ))}
          <circle cx={xOf(index)} cy={y} r={radius} className={styles.dot} />
          <text x={xOf(index)} y={y + 5} className={styles.sign}>
            {signs[state]}
          </text>
          {found !== undefined && (
            <text
              x={index === telling ? xOf(index) - 8 : xOf(index)}
              y={y + 36}
              className={`${styles.found} ${index === telling ? styles.aside : ''}`}
            >
              {found}
            </text>
          )}
        </g>
      ))}
    </svg>
  )
}

/** The longest name has no room beside its neighbours. */
function linesOf(name: string): readonly string[] {
  return name.length < 16 ? [name] : name.split(/ (?=a )/)
}

/** The same, one below the other, for narrow screens. */
export function NarrowTrack({ stations }: Pick<TrackProps, 'stations'>) {
  const step = 44
  const x = radius + 2
  const yOf = (index: number) => step / 2 + index * step
  return (
    <svg width="250" height={stations.length * step} aria-hidden="true" className={styles.narrow}>
      {stations.slice(1).map(({ name, state }, index) => (
        <line
          key={name}
          x1={x}
          x2={x}
          y1={yOf(index) + radius}
          y2={yOf(index + 1) - radius}
          className={`${styles.way} ${styles[state]}`}
        />
      ))}
      {stations.map(({ name, state, found }, index) => (
        <g key={name} className={styles[state]}>
          <circle cx={x} cy={yOf(index)} r={radius} className={styles.dot} />
          <text x={x} y={yOf(index) + 5} className={styles.sign}>
            {signs[state]}
          </text>
          <text x={x + 26} y={found === undefined ? yOf(index) + 5 : yOf(index) - 3} className={styles.begin}>
            {name}
          </text>
          {found !== undefined && (
            <text x={x + 26} y={yOf(index) + 14} className={`${styles.found} ${styles.begin}`}>
              {found}
            </text>
          )}
        </g>
      ))}
    </svg>
  )
}
