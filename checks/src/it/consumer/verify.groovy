def target = new File(basedir, 'target')

def said = { name -> new File(target, name).text }
def expected = { named -> """\
named module: $named
core: 3
io: hello
process: [1, 4, 9]
testing: a day passed
""" }
assert said('class-path.txt') == expected(false)
assert said('module-path.txt') == expected(true)

def managed = new groovy.xml.XmlSlurper().parse(new File(target, 'effective-pom.xml'))
    .dependencyManagement.dependencies.dependency.collect { "$it.groupId:$it.artifactId" as String }
assert managed.sort() == ['core', 'io', 'process', 'testing'].collect { "dev.espalier:espalier-$it" as String }
