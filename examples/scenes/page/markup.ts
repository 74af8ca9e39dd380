/** The page without its program. */
export const MARKUP = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Scenes of a game</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: dark; font: 15px/1.45 system-ui, sans-serif; }
  body { margin: 0; padding: 24px; background: #0a0d13; color: #d8e1f0; }
  main { display: grid; grid-template-columns: minmax(0, 1fr) 340px; gap: 24px; max-width: 1400px; margin: auto; }
  h1 { font-size: 20px; font-weight: 600; margin: 0 0 4px; }
  p { margin: 0 0 16px; color: #8c9ab3; }
  #picture { width: 100%; aspect-ratio: 16 / 9; border-radius: 8px; display: block; }
  #chart { width: 100%; height: 90px; background: #10151f; border-radius: 8px; margin: 16px 0 4px; }
  aside { font-variant-numeric: tabular-nums; }
  button { font: inherit; font-weight: 600; width: 100%; padding: 10px; border: 0; border-radius: 8px; background: #2f6fb0; color: #fff; cursor: pointer; }
  button:disabled { background: #26303f; color: #77859c; cursor: default; }
  label { display: flex; gap: 8px; align-items: center; margin: 12px 0 20px; }
  dl { display: grid; grid-template-columns: 1fr auto; margin: 0; row-gap: 2px; }
  dt { color: #8c9ab3; }
  dd { margin: 0; text-align: right; font-weight: 600; }
  .tasks { color: #7cc4ff; } .handlers { color: #c9a0ff; } .queued { color: #ffb454; }
  table { width: 100%; border-collapse: collapse; margin-top: 20px; font-size: 13px; }
  caption { text-align: left; padding-bottom: 4px; color: #8c9ab3; }
  th, td { text-align: right; padding: 3px 0; border-top: 1px solid #1d2532; font-weight: 400; }
  th { color: #8c9ab3; vertical-align: bottom; }
  th:first-child, td:first-child { text-align: left; }
  @media (max-width: 900px) { main { grid-template-columns: 1fr; } }
</style>
</head>
<body>
<main>
  <section>
    <h1>Scenes of a game</h1>
    <p>Each body is a task: blue ones sleep and turn, orange ones wait for a blow. Each scene is a container.</p>
    <canvas id="picture"></canvas>
  </section>
  <aside>
    <button id="change" type="button">Change the scene</button>
    <label><input id="drain" type="checkbox" checked> Work collisions off after each step</label>
    <dl>
      <dt>Scene</dt><dd id="scene"></dd>
      <dt class="tasks">Tasks</dt><dd class="tasks" id="tasks"></dd>
      <dt class="handlers">Handlers</dt><dd class="handlers" id="handlers"></dd>
      <dt class="queued">Messages in the queue</dt><dd class="queued" id="queued"></dd>
      <dt>Timers of handlers</dt><dd id="timers"></dd>
      <dt>Collisions worked off</dt><dd id="collisions"></dd>
      <dt>Turns made</dt><dd id="turns"></dd>
    </dl>
    <canvas id="chart" width="680" height="180"></canvas>
    <table>
      <caption>Scenes that have ended</caption>
      <thead><tr><th>Scene</th><th>tasks</th><th>messages</th><th>alive after</th><th>ran late</th></tr></thead>
      <tbody id="left"></tbody>
    </table>
  </aside>
</main>
<script src="/page.js"></script>
</body>
</html>
`;
