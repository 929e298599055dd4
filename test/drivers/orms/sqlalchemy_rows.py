"""SQLAlchemy on psycopg 3; see rounds.js."""

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from rounds import Never, address, clients, code_of, count, migration, setting


class Base(DeclarativeBase):
    pass


class Row(Base):
    __tablename__ = "of_sqlalchemy"
    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]


engine = create_engine(
    address.replace("postgresql://", "postgresql+psycopg://"),
    pool_size=clients,
    connect_args={"prepare_threshold": None} if setting else {},
)


def insert(value):
    with Session(engine) as session, session.begin():
        row = Row(value=value)
        session.add(row)
        session.flush()
        return row.id


def find(key):
    # Committed: a rollback has psycopg forget what it prepared.
    with Session(engine) as session, session.begin():
        return session.get(Row, key).value


def rolled_back(key, value):
    try:
        with Session(engine) as session, session.begin():
            session.get(Row, key).value = value
            session.flush()
            session.expire_all()
            seen = session.get(Row, key).value
            raise Never
    except Never:
        return seen


if migration:
    Base.metadata.create_all(engine)
else:
    count(insert, find, rolled_back, code_of)
