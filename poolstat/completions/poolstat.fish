complete -c poolstat -s w -l watch -d 'Look again every so many seconds, and say what grows in a minute' -r
complete -c poolstat -s n -l looks -d 'With -w: end after so many looks' -r
complete -c poolstat -s c -l core -d 'Read a core instead of the processes that run' -r -F
complete -c poolstat -l compositor -d 'Take this process for a compositor too: a number, or a name' -r
complete -c poolstat -l colour -d 'When to write in colours: auto (on a terminal, unless NO_COLOR is set), always, never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c poolstat -s z -l pools -d 'Pools, with the columns of vmstat -z'
complete -c poolstat -s b -l buffers -d 'Buffers: those of each kind, and each of them'
complete -c poolstat -s m -l memory -d 'Shared memory files of all programs, and who has them'
complete -c poolstat -s q -l quiet -d 'Say what is wrong, and nothing else'
complete -c poolstat -s v -l verbose -d 'Say which processes were passed over, and why'
complete -c poolstat -l json -d 'All of it as JSON; with -w a line for each look'
complete -c poolstat -l openmetrics -d 'All of it as OpenMetrics text'
complete -c poolstat -s h -l help -d 'Print help (see more with \'--help\')'
complete -c poolstat -s V -l version -d 'Print version'
