import { type Dashboard, type Panel, type PlacedPanel, placed } from './dashboard.ts'

const datasource = { type: 'prometheus', uid: '$datasource' }

/** A dashboard as Grafana 11 and later import it, with all that its schema requires. */
export function grafanaOf(dashboard: Dashboard): object {
  const { name, title, description, job } = dashboard
  let id = 0
  return {
    uid: name,
    title,
    description,
    tags: ['mtls-gateway'],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    links: [toTheOthers],
    templating: { list: variables(job) },
    annotations: { list: [firingAlerts] },
    panels: placed(dashboard).flatMap(({ title, y, panels }) => [
      { id: ++id, type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: 24, h: 1 }, panels: [] },
      ...panels.map((panel) => panelOf(panel, ++id)),
    ]),
  }
}

function variables(job: string): readonly object[] {
  return [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
    {
      name: 'instance',
      label: 'Instance',
      type: 'query',
      datasource,
      query: { query: `label_values(up{job=~"${job}"}, instance)`, refId: 'instance' },
      refresh: 2,
      sort: 1,
      multi: true,
      includeAll: true,
      allValue: '.*',
      current: { selected: true, text: ['All'], value: ['$__all'] },
    },
  ]
}

const toTheOthers = {
  type: 'dashboards',
  title: 'mTLS gateway',
  tags: ['mtls-gateway'],
  asDropdown: true,
  keepTime: true,
  includeVars: true,
  targetBlank: false,
  icon: 'external link',
  tooltip: '',
}

const firingAlerts = {
  name: 'Alerts',
  datasource,
  enable: true,
  iconColor: 'red',
  expr: 'ALERTS{alertname=~"Mtls.*", alertstate="firing"}',
  titleFormat: '{{alertname}}',
  textFormat: '{{instance}}',
}

function panelOf({ panel, x, y, height }: PlacedPanel, id: number): object {
  const { kind, title, description, width, queries } = panel
  return {
    id,
    type: kind,
    title,
    description,
    datasource,
    gridPos: { x, y, w: width, h: height },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      legendFormat: legend,
      ...(kind === 'table' ? { instant: true, format: 'table' } : { range: true }),
    })),
    fieldConfig: { defaults: fieldDefaults(panel), overrides: [] },
    options: options[kind],
    ...(panel.columns && tableOf(panel.columns)),
  }
}

function fieldDefaults({ kind, unit, stacked, thresholds, max }: Panel): object {
  const steps = [
    { color: 'green', value: null },
    ...(thresholds ?? []).map((value, index) => ({ color: index === 0 ? 'yellow' : 'red', value })),
  ]
  const lines = {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: stacked ? 40 : 10,
    showPoints: 'never',
    stacking: { mode: stacked ? 'normal' : 'none' },
    ...(thresholds && { thresholdsStyle: { mode: 'dashed' } }),
    ...(max !== undefined && { axisSoftMax: max }),
  }
  return {
    unit,
    min: 0,
    ...(kind === 'timeseries' && { custom: lines }),
    ...(thresholds && { thresholds: { mode: 'absolute', steps } }),
  }
}

const options: Readonly<Record<Panel['kind'], object>> = {
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  stat: {
    reduceOptions: { calcs: ['lastNotNull'] },
    colorMode: 'background',
    graphMode: 'none',
    justifyMode: 'auto',
    textMode: 'auto',
    orientation: 'auto',
    wideLayout: true,
    showPercentChange: false,
    percentChangeColorMode: 'standard',
  },
  table: { showHeader: true, frameIndex: 0 },
}

/** The columns named, in their order and with their titles; the lowest value first. */
function tableOf(columns: Readonly<Record<string, string>>): object {
  const names = Object.keys(columns)
  const organize = {
    id: 'organize',
    options: {
      includeByName: Object.fromEntries(names.map((name) => [name, true])),
      indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
      renameByName: columns,
    },
  }
  return {
    options: { ...options.table, sortBy: [{ displayName: columns.Value, desc: false }] },
    transformations: [organize],
  }
}
