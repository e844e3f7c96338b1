"""The web application and the assistant's door: `synth serve` and `synth mcp`.

    places     where everything of the application lies, and which files may be handed out
    store      jobs, their events, papers that were uploaded and the list of reports, in one SQLite file
    uploads    what may be uploaded, by its content and size
    commands   what a job runs, as words of a command line
    kept, work the process a job runs in: it ends with the server, and says where it stands
    runner     the queue: jobs one after another, each in its own process; cancelled, resumed, settled
    tokens     who may come in: token, cookie, form token, host names
    guard      every request and answer passes here: host, origin, token, size, headers
    compare    two reports side by side
    evidence   a quote beside the page of its paper
    site       the service behind both faces: what can be asked of the application
    events     what a job says, as server-sent events
    shapes     what programs send and are given
    api        the face for programs: JSON over HTTP
    show       from values to pages: templates, style, script
    forms      what the pages share: form tokens, fields, files of results
    pages, judging, reading, replicating   the face for people: the way in and jobs, claims and cards, reports, runs
    app        all of it put together, and the server
    mcp        search, verify, audit and report for assistants, over standard input and output

The web framework is imported by `app`, `api`, `guard`, `forms` and the pages alone, which only `synth serve` imports.
"""
