// What tests do in a page of JupyterLab, through the commands and the models that its menus use themselves.
//
// The model, not the page, is asked for outputs: JupyterLab takes cells that are out of sight out of the page.
// A cell is named by some text of its code; the first that holds it is meant.

window.lab = {
  panel(path) {
    const widgets = window.jupyterapp ? Array.from(jupyterapp.shell.widgets("main")) : [];
    return widgets.find((widget) => widget.context?.path === path && widget.sessionContext);
  },

  async started() {
    await jupyterapp.restored;
    await jupyterapp.serviceManager.ready;
  },

  open(path) {
    return jupyterapp.commands.execute("docmanager:open", { path }).then(() => {});
  },

  async close(path) {
    const panel = lab.panel(path);
    await panel.sessionContext.shutdown();
    panel.dispose();
  },

  ready(path) {
    const panel = lab.panel(path);
    if (!panel?.context.isReady || !panel.sessionContext.isReady || !panel.sessionContext.session?.kernel) return false;
    if (!panel.asked) lab.follow(panel);
    return lab.idle(path);
  },

  // Keeps what the page has sent and the kernel has not yet answered as panel.asked.
  follow(panel) {
    const { session } = panel.sessionContext;
    panel.asked = new Set();
    session.anyMessage.connect((_, { msg, direction }) => {
      if (direction === "send" && msg.channel === "shell") panel.asked.add(msg.header.msg_id);
    });
    // anyMessage tells of an answer when it arrives, iopubMessage when those before it have been worked off as well.
    session.iopubMessage.connect((_, msg) => {
      if (msg.header.msg_type === "status" && msg.content.execution_state === "idle") panel.asked.delete(msg.parent_header.msg_id);
    });
    session.statusChanged.connect((_, status) => status.includes("restarting") && panel.asked.clear());
  },

  // Between two cells a kernel says that it is idle, too: so nothing may wait for an answer.
  idle(path) {
    const { asked, sessionContext } = lab.panel(path);
    return !asked?.size && sessionContext.session?.kernel?.status === "idle";
  },

  show: (path) => jupyterapp.shell.activateById(lab.panel(path).id),

  async runAll(path) {
    lab.show(path);
    await jupyterapp.commands.execute("notebook:run-all-cells");
  },

  cell(path, text) {
    const cells = lab.panel(path).content.widgets;
    const index = cells.findIndex((cell) => cell.model.type === "code" && cell.model.sharedModel.source.includes(text));
    if (index < 0) throw new Error(`no code cell of ${path} holds ${text}`);
    return index;
  },

  async runCell(path, text) {
    lab.show(path);
    lab.panel(path).content.activeCellIndex = lab.cell(path, text);
    await jupyterapp.commands.execute("notebook:run-cell");
  },

  // Resolves to what the node of the cell then has as its data-cell-id.
  async scrollTo(path, text) {
    const notebook = lab.panel(path).content;
    const index = lab.cell(path, text);
    lab.show(path);
    notebook.activeCellIndex = index;
    await notebook.scrollToItem(index, "start");
    notebook.widgets[index].node.dataset.cellId = notebook.widgets[index].model.id;
    return notebook.widgets[index].model.id;
  },

  source: (path, text) => lab.panel(path).content.widgets[lab.cell(path, text)].model.sharedModel.source,

  write(path, text, source) {
    lab.panel(path).content.widgets[lab.cell(path, text)].model.sharedModel.setSource(source);
  },

  cells: (path) => lab.panel(path).content.model.toJSON().cells,

  save: (path) => lab.panel(path).context.save(),

  restart: (path) => lab.panel(path).sessionContext.restartKernel(),

  // Runs code in the notebook's kernel, past its cells, and resolves to what it printed.
  async ask(path, code) {
    let printed = "";
    const future = lab.panel(path).sessionContext.session.kernel.requestExecute({ code, store_history: false });
    future.onIOPub = (message) => {
      if (message.header.msg_type === "stream") printed += message.content.text;
      if (message.header.msg_type === "error") printed += message.content.evalue;
    };
    await future.done;
    return printed.trim();
  },

  // Two animation frames: what has changed in the page by now is on the screen.
  painted: () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),

  // Until the kernel has answered all that the page has sent, and the page shows it.
  async settle(path) {
    const { asked } = lab.panel(path);
    const late = performance.now() + 120_000;
    do {
      await lab.painted(); // a message that waited for its predecessor is on its way by then
      if (performance.now() > late) throw new Error(`the kernel of ${path} has not answered`);
    } while (asked.size);
  },

  async theme(name) {
    await jupyterapp.commands.execute("apputils:change-theme", { theme: name });
  },
};
